using System.Text;
using System.Text.Json.Nodes;
using LlamaFp4.Native.Tokenization;

namespace LlamaFp4.Tests.Shared;

/// <summary>Builds tokenizers of the Llama 3 family that are small enough to know every id by heart.</summary>
/// <remarks>Ids: 0 to 255 are the single bytes, then the merged tokens in the order given, then <see cref="SpecialTokens"/>.</remarks>
internal static class TinyTokenizer
{
    public const int FirstMergedId = 256;

    public static readonly IReadOnlyList<string> SpecialTokens =
    [
        "<|begin_of_text|>", "<|end_of_text|>", "<|reserved_special_token_0|>", "<|finetune_right_pad_id|>", "<|start_header_id|>",
        "<|end_header_id|>", "<|eom_id|>", "<|eot_id|>", "<|python_tag|>",
    ];

    /// <summary>
    /// A tokenizer with these tokens beside the single bytes. A token that the earlier ones make up in two parts also gets a merge;
    /// any other is found only where it is a whole piece.
    /// </summary>
    public static LlamaTokenizer Create(params string[] mergedTokens) => Load(Json(mergedTokens));

    public static LlamaTokenizer Load(JsonNode tokenizerJson) =>
        LlamaTokenizer.Load(new MemoryStream(Encoding.UTF8.GetBytes(tokenizerJson.ToJsonString())));

    /// <summary>The <c>tokenizer.json</c> of <see cref="Create"/>, for tests that change it.</summary>
    public static JsonObject Json(params string[] mergedTokens)
    {
        var vocabulary = new JsonObject();
        for (var value = 0; value < FirstMergedId; value++)
        {
            vocabulary.Add(CharacterOf((byte)value).ToString(), value);
        }

        var merges = new List<(string Left, string Right)>();
        foreach (var token in mergedTokens.Select(ByteLevel))
        {
            if (Merge(token, merges) is [var left, var right])
            {
                merges.Add((left, right));
            }

            vocabulary.Add(token, vocabulary.Count);
        }

        var firstSpecialId = vocabulary.Count;
        return new JsonObject
        {
            ["version"] = "1.0",
            ["added_tokens"] = new JsonArray([.. SpecialTokens.Select((text, i) => AddedToken(text, firstSpecialId + i))]),
            ["normalizer"] = null,
            ["pre_tokenizer"] = PreTokenizerJson(),
            ["post_processor"] = null,
            ["decoder"] = new JsonObject { ["type"] = "ByteLevel" },
            ["model"] = new JsonObject
            {
                ["type"] = "BPE",
                ["dropout"] = null,
                ["continuing_subword_prefix"] = null,
                ["end_of_word_suffix"] = null,
                ["byte_fallback"] = false,
                ["ignore_merges"] = true,
                ["vocab"] = vocabulary,
                ["merges"] = new JsonArray([.. merges.Select(merge => JsonValue.Create($"{merge.Left} {merge.Right}"))]),
            },
        };
    }

    public static JsonObject AddedToken(string text, int id) => new()
    {
        ["id"] = id,
        ["content"] = text,
        ["single_word"] = false,
        ["lstrip"] = false,
        ["rstrip"] = false,
        ["normalized"] = false,
        ["special"] = true,
    };

    /// <summary>A text as <c>tokenizer.json</c> writes it: one character for each byte, <c>Ġ</c> for a space.</summary>
    public static string ByteLevel(string text) => string.Concat(Encoding.UTF8.GetBytes(text).Select(CharacterOf));

    private static char CharacterOf(byte value) => value switch
    {
        <= 0x20 => (char)(0x100 + value),
        >= 0x7F and <= 0xA0 => (char)(0x121 + (value - 0x7F)),
        0xAD => (char)0x143,
        _ => (char)value,
    };

    private static JsonObject PreTokenizerJson() => new()
    {
        ["type"] = "Sequence",
        ["pretokenizers"] = new JsonArray(
            new JsonObject
            {
                ["type"] = "Split",
                ["pattern"] = new JsonObject
                {
                    ["Regex"] = @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+",
                },
                ["behavior"] = "Isolated",
                ["invert"] = false,
            },
            new JsonObject { ["type"] = "ByteLevel", ["add_prefix_space"] = false, ["trim_offsets"] = true, ["use_regex"] = false }),
    };

    private static List<string> Merge(string token, List<(string Left, string Right)> merges)
    {
        List<string> parts = [.. token.Select(character => character.ToString())];
        while (true)
        {
            var ranks = Enumerable.Range(0, parts.Count - 1).Select(i => merges.IndexOf((parts[i], parts[i + 1]))).ToList();
            if (!ranks.Exists(rank => rank >= 0))
            {
                return parts;
            }

            var best = ranks.IndexOf(ranks.Where(rank => rank >= 0).Min());
            parts[best] += parts[best + 1];
            parts.RemoveAt(best + 1);
        }
    }
}
