"""Renders a conversation into segments: control tokens and texts, exactly as the client's prompt template does."""
import json

CONTROLS = ("<|begin_of_text|>", "<|end_of_text|>", "<|start_header_id|>", "<|end_header_id|>", "<|eom_id|>", "<|eot_id|>", "<|python_tag|>", "<|finetune_right_pad_id|>")
TOOL_TEXT = ('Given the following functions, please respond with a JSON for a function call with its proper arguments that best answers the given prompt.\n\n'
             'Respond in the format {"name": function name, "parameters": dictionary of argument name and its value}.Do not use variables.\n\n')
SCHEMA_TEXT = "Give your final answer as JSON that matches this JSON Schema, with nothing before or after it:\n\n"
JSON_TEXT = "Give your final answer as JSON, with nothing before or after it."


def tojson(value, indent=None):
    return json.dumps(value, ensure_ascii=False, indent=indent)


def call_text(call):
    return f'{{"name": {tojson(call["name"])}, "parameters": {tojson(call["arguments"])}}}'


def result_text(value):
    if isinstance(value, str):
        try:
            parsed = json.loads(value)
        except ValueError:
            parsed = None
        if isinstance(parsed, (dict, list)): value = parsed
    return tojson(value if isinstance(value, (dict, list)) else {"output": value})


def tool_list(tools):
    return TOOL_TEXT + "".join(tojson({"type": "function", "function": t}, 4) + "\n\n" for t in tools)


def chat_of(c):
    """The conversation as plain data: what goes into test vectors and what `segments` reads."""
    return {"kind": c.kind, "date": c.date, "system": c.system, "tools": [t.json() for t in c.tools],
            "response_format": c.format, "messages": c.messages}


def segments(chat):
    """Yields (control or None, text or None, trained): trained marks what the model itself writes; its index is the message's."""
    out = []

    def message(role, content, index=None, trained=False):
        out.extend([("<|start_header_id|>", None, None), (None, role, None), ("<|end_header_id|>", None, None)])
        if trained:
            out.extend([(None, "\n\n", None), (None, content, index), ("<|eot_id|>", None, index)])
        else:
            out.extend([(None, "\n\n" + content, None), ("<|eot_id|>", None, None)])

    tools, messages = chat["tools"], chat["messages"]
    system = chat["system"].strip()
    if chat["response_format"] is not None:
        form = JSON_TEXT if chat["response_format"] == "json" else SCHEMA_TEXT + tojson(chat["response_format"], 4)
        system = f"{system}\n\n{form}" if system else form
    out.append(("<|begin_of_text|>", None, None))
    message("system", ("Environment: ipython\n" if tools else "") + f"Cutting Knowledge Date: December 2023\nToday Date: {chat['date']}\n\n" + system)
    pending = tools
    for i, m in enumerate(messages):
        if m["role"] == "user":
            message("user", (tool_list(pending) if pending else "") + m["content"].strip())
            pending = None
        elif m["role"] == "system":
            message("system", m["content"].strip())
        elif m["role"] == "tool":
            message("ipython", result_text(m["content"]))
        else:
            if pending: raise ValueError("a conversation with tools begins with a user message")
            message("assistant", call_text(m["call"]) if "call" in m else m["content"].strip(), i, True)
    return out
