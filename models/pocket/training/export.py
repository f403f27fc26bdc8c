"""Writes the checkpoint in the layout of NVIDIA ModelOpt's exporter, and reads one back."""
import json
import pathlib

import torch
from safetensors.torch import load_file, save_file

import nvfp4
from model import Config, Llama, scale2_of
from tokenizer import PocketTokenizer

MODULES = {"q_proj": "self_attn", "k_proj": "self_attn", "v_proj": "self_attn", "o_proj": "self_attn", "gate_proj": "mlp", "up_proj": "mlp", "down_proj": "mlp"}
SHARED = (("q_proj", "k_proj", "v_proj"), ("o_proj",), ("gate_proj", "up_proj"), ("down_proj",))
MAGNITUDES = torch.tensor([0, .5, 1, 1.5, 2, 3, 4, 6])


def pack(values):
    """E2M1 values (rows, columns) -> two codes a byte, the even column in the low nibble."""
    table = MAGNITUDES.to(values.device)
    code = torch.searchsorted(table, values.abs().contiguous()).to(torch.uint8) | (torch.signbit(values).to(torch.uint8) << 3)
    return code[:, 0::2] | (code[:, 1::2] << 4)


def unpack(packed):
    table = torch.cat([MAGNITUDES, -MAGNITUDES]).to(packed.device)
    codes = torch.stack([packed & 15, packed >> 4], -1).flatten(-2)
    return table[codes.long()]


@torch.no_grad()
def write(model, tokenizer_path, folder, parameters_note=None):
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    c, tensors = model.c, {}
    bf16 = lambda t: t.detach().to(torch.bfloat16).cpu().contiguous()
    tensors["model.embed_tokens.weight"] = bf16(model.embed_tokens.weight)
    tensors["model.norm.weight"] = bf16(model.norm.weight)
    for i, layer in enumerate(model.layers):
        at = f"model.layers.{i}."
        tensors[at + "input_layernorm.weight"] = bf16(layer.input_layernorm.weight)
        tensors[at + "post_attention_layernorm.weight"] = bf16(layer.post_attention_layernorm.weight)
        for group in SHARED:
            scale2 = scale2_of(*(getattr(layer, n) for n in group))
            for n in group:
                linear, name = getattr(layer, n), f"{at}{MODULES[n]}.{n}"
                values, scale = nvfp4.weight_codes(linear.weight, scale2)
                tensors[name + ".weight"] = pack(values.flatten(-2)).cpu().contiguous()
                tensors[name + ".weight_scale"] = scale.squeeze(-1).to(torch.float8_e4m3fn).cpu().contiguous()
                tensors[name + ".weight_scale_2"] = scale2.cpu().clone()
                tensors[name + ".input_scale"] = linear.input_scale.float().cpu().clone()
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})

    tokenizer = PocketTokenizer(tokenizer_path)
    bos, stops = tokenizer.control["<|begin_of_text|>"], tokenizer.stop
    put = lambda name, data: (folder / name).write_text(json.dumps(data, indent=2) + "\n", encoding="utf-8")
    put("config.json", {"architectures": ["LlamaForCausalLM"], "attention_bias": False, "attention_dropout": 0.0, "bos_token_id": bos, "eos_token_id": stops, "head_dim": c.head_size, "hidden_act": "silu",
                        "hidden_size": c.hidden, "initializer_range": 0.02, "intermediate_size": c.ffn, "max_position_embeddings": c.context, "mlp_bias": False, "model_type": "llama", "num_attention_heads": c.heads,
                        "num_hidden_layers": c.layers, "num_key_value_heads": c.kv_heads, "pad_token_id": tokenizer.control["<|finetune_right_pad_id|>"], "pretraining_tp": 1, "rms_norm_eps": c.eps, "rope_scaling": None,
                        "rope_theta": c.theta, "tie_word_embeddings": True, "torch_dtype": "bfloat16", "use_cache": True, "vocab_size": c.vocabulary})
    put("generation_config.json", {"bos_token_id": bos, "eos_token_id": stops, "do_sample": False})
    put("hf_quant_config.json", {"producer": {"name": "llamafp4-pocket", "version": "1.0"}, "quantization": {"quant_algo": "NVFP4", "kv_cache_quant_algo": None, "group_size": 16, "exclude_modules": ["lm_head"]}})
    put("tokenizer_config.json", {"add_bos_token": True, "bos_token": "<|begin_of_text|>", "eos_token": "<|eot_id|>", "pad_token": "<|finetune_right_pad_id|>", "clean_up_tokenization_spaces": False,
                                  "model_input_names": ["input_ids", "attention_mask"], "model_max_length": c.context, "tokenizer_class": "PreTrainedTokenizerFast",
                                  "added_tokens_decoder": {str(i): {"content": n, "lstrip": False, "normalized": False, "rstrip": False, "single_word": False, "special": True} for n, i in tokenizer.control.items()}})
    put("special_tokens_map.json", {"bos_token": "<|begin_of_text|>", "eos_token": "<|eot_id|>", "pad_token": "<|finetune_right_pad_id|>"})
    (folder / "tokenizer.json").write_text(pathlib.Path(tokenizer_path).read_text(encoding="utf-8"), encoding="utf-8")


@torch.no_grad()
def read(folder, device="cuda"):
    """The exported checkpoint as a model that computes in W4A4."""
    folder = pathlib.Path(folder)
    j = json.loads((folder / "config.json").read_text())
    model = Llama(Config(j["hidden_size"], j["num_hidden_layers"], j["num_attention_heads"], j["num_key_value_heads"], j["head_dim"], j["intermediate_size"], j["vocab_size"], j["max_position_embeddings"], j["rope_theta"], j["rms_norm_eps"])).to(device)
    t = load_file(folder / "model.safetensors", device=str(device))
    model.embed_tokens.weight.copy_(t["model.embed_tokens.weight"].float())
    model.norm.weight.copy_(t["model.norm.weight"].float())
    for i, layer in enumerate(model.layers):
        at = f"model.layers.{i}."
        layer.input_layernorm.weight.copy_(t[at + "input_layernorm.weight"].float())
        layer.post_attention_layernorm.weight.copy_(t[at + "post_attention_layernorm.weight"].float())
        for n, part in MODULES.items():
            linear, name = getattr(layer, n), f"{at}{part}.{n}"
            values = unpack(t[name + ".weight"]).unflatten(-1, (-1, 16)) * t[name + ".weight_scale"].float().unsqueeze(-1)
            linear.frozen = (values.flatten(-2).to(torch.bfloat16), t[name + ".weight_scale_2"])
            linear.input_scale.copy_(t[name + ".input_scale"])
    return model
