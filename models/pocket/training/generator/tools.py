"""Tool families and the concrete tools made from them.

A family (a block of families.txt, or one composed in compose.py) knows names, descriptions, arguments, ways to ask and ways to answer.
`Tool` is one occurrence in a prompt: a name in some style, a schema in some dialect, and what the arguments are called there.
"""
import functools
import pathlib
import re

import unlisted
import words
from words import POOLS


class Arg:
    def __init__(self, names, kind, optional=False, descs=()):
        self.names, self.kind, self.optional, self.descs = names, kind, optional, list(descs)
        self.key = names[0]


class Family:
    def __init__(self, key):
        self.key, self.domain = key, key.split(".")[0]
        self.names, self.descs, self.args, self.cores = [], [], [], {"do": [], "ask": [], "np": [], "say": []}
        self.done, self.fields, self.texts, self.answers = [], [], [], []
        self.conflicts = {key}
        self.toolbox, self.rivals = False, set()                   # part of a toolbox; keys, domains and nouns that may not stand beside it

    def arg(self, key):
        return next(a for a in self.args if a.key == key)


# ---------------------------------------------------------------- kinds of values

class Str:
    def __init__(self, pool): self.pool = pool
    def sample(self, rng):
        v = unlisted.value(rng, self.pool) if rng.random() < .3 else None
        if v is None: v = POOLS[self.pool](rng)
        if isinstance(v, str) and rng.random() < .03: v = v.lower()
        if " " in str(v) and rng.random() < .08: return v, rng.choice(('"{v}"', '"{v}"', "'{v}'")).format(v=v)
        return v, str(v)
    def schema(self, style): return {"type": "string"}
    def convert(self, value, style): return value


class Int:
    def __init__(self, low, high): self.low, self.high = int(low), int(high)
    def sample(self, rng): return words.integer(rng, self.low, self.high)
    def schema(self, style):
        return {"type": "integer", "minimum": self.low, "maximum": self.high} if style["bounds"] else {"type": "integer"}
    def convert(self, value, style): return value


class Num:
    def __init__(self, low, high): self.low, self.high = float(low), float(high)
    def sample(self, rng): return words.number(rng, self.low, self.high)
    def schema(self, style): return {"type": "number"}
    def convert(self, value, style): return value


class Bool:
    def __init__(self, true, false): self.forms = {True: true.split("/"), False: false.split("/")}
    def sample(self, rng):
        v = rng.random() < .5
        return v, rng.choice(self.forms[v])
    def schema(self, style): return {"type": "boolean"}
    def convert(self, value, style): return value


class Enum:
    def __init__(self, spec):
        self.members = [(m.split(":")[0], (m.split(":")[1] if ":" in m else m).split("/")) for m in spec.split(",")]
    def sample(self, rng):
        v, forms = rng.choice(self.members)
        return v, rng.choice(forms)
    def convert(self, value, style):
        value = value.replace(" ", "_") if style["enum_snake"] else value
        return {"lower": value, "title": value[:1].upper() + value[1:], "upper": value.upper()}[style["enum"]]
    def schema(self, style):
        values = {"enum": [self.convert(m, style) for m, _ in self.members]}
        return values if style["enum_untyped"] else {"type": "string", **values}


class ListOf:
    def __init__(self, pool): self.pool = pool
    def sample(self, rng, n=None):
        items = []
        for _ in range(n or rng.choice((1, 2, 2, 3, 3, 4))):
            v = unlisted.item(rng, self.pool) if rng.random() < .25 else None
            if v is None: v = POOLS[self.pool](rng)
            if v not in items: items.append(v)
        article = rng.choice(("a ", "the ", "some ")) if self.pool in ("item", "ingredient", "goods", "label", "New", "new") and rng.random() < .15 else ""
        return items, join(rng, [article + str(i) for i in items])
    def schema(self, style): return {"type": "array", "items": {"type": "integer" if self.pool == "int" else "string"}}
    def convert(self, value, style): return value


class Obj:
    def __init__(self, spec): self.fields = [(n, parse_kind(k)) for n, k in (f.split("=") for f in re.split(r",(?![^()]*\))", spec))]
    def sample(self, rng):
        pairs = {n: k.sample(rng) for n, k in self.fields}
        return {n: v for n, (v, _) in pairs.items()}, {n: s for n, (_, s) in pairs.items()}
    def schema(self, style):
        props = {style["case"]([n]): k.schema(style) for n, k in self.fields}
        return {"type": "object", "properties": props, "required": list(props)}
    def convert(self, value, style): return {style["case"]([n]): v for n, v in value.items()}


def join(rng, items):
    items = [str(i) for i in items]
    if len(items) == 1: return items[0]
    last = rng.choice((" and ", " and ", " and ", ", ", ", and ")) if rng else " and "
    return ", ".join(items[:-1]) + (" and " if last == ", and " and len(items) == 2 else last) + items[-1]


def parse_kind(text):
    name, _, spec = text.strip().partition("(")
    spec = spec[:-1]
    if name.startswith("str."): return Str(name[4:])
    if name.startswith("list."): return ListOf(name[5:])
    if name == "int": return Int(*spec.split(","))
    if name == "num": return Num(*spec.split(","))
    if name == "bool": return Bool(*spec.split(";"))
    if name == "enum": return Enum(spec)
    if name == "obj": return Obj(spec)
    return Str(name)


# ---------------------------------------------------------------- templates: literal, {slot}, [optional group]

@functools.lru_cache(maxsize=200_000)
def parse_template(text):
    parts = []
    for piece in re.findall(r"\[[^\]]*\]|\{[^}]*\}|[^\[\{]+", text):
        if piece[0] == "[": parts.append(("opt", parse_template(piece[1:-1])))
        elif piece[0] == "{": parts.append(("slot", piece[1:-1]))
        else: parts.append(("text", piece))
    return tuple(parts)


def fill(parts, rng, slots, used, optional=.45):
    out = []
    for kind, x in parts:
        if kind == "text": out.append(x)
        elif kind == "slot":
            key, _, field = x.partition(".")
            used.add(key)
            out.append(slots[key][field] if field else slots[key])
        elif rng.random() < optional: out.append(fill(x, rng, slots, used))
    return "".join(out)


# ---------------------------------------------------------------- reading families.txt and toolboxes.txt

def load(name="families.txt"):
    """The families of a file; a line `x key-or-domain rival...` names what must not stand in one prompt with it."""
    path = pathlib.Path(__file__).with_name(name)
    families, f, rivals = [], None, []
    for line in path.read_text(encoding="utf-8").splitlines():
        tag, _, rest = line.partition(" ")
        if tag == "#":
            f = Family(rest.strip())
            families.append(f)
        elif tag == "x": rivals.append(rest.split())
        elif tag == "n": f.names = rest.split("|")
        elif tag == "d": f.descs = rest.split("|")
        elif tag == "a":
            left, _, descs = rest.partition(" ; ")
            names, _, kind = left.partition(" = ")
            optional = "?" in names
            f.args.append(Arg([n.strip() for n in names.replace("?", "").split("|")], parse_kind(kind), optional, descs.split("|") if descs else ()))
        elif f and tag in f.cores: f.cores[tag] = rest.split("|")
        elif tag == "done": f.done = rest.split("|")
        elif tag == "r": f.fields = [tuple(x.split("=", 1)) for x in re.findall(r"\S+=\w+(?:\([^)]*\)|\.\w+)?", rest)]
        elif tag == "t": f.texts = rest.split("|")
        elif tag == "s": f.answers = rest.split("|")
    for f in families:
        f.fields = [(n, parse_kind(k)) for n, k in f.fields]
        for first, *others in rivals:
            if first in (f.key, f.domain): f.rivals.update(others)
    return families


def load_toolboxes():
    """Families that belong together: the tools of one application, which share nouns and differ by verb."""
    families = load("toolboxes.txt")
    for f in families: f.toolbox = True
    return families


# ---------------------------------------------------------------- names and schemas

def snake(w): return "_".join(w).lower()
def kebab(w): return "-".join(w).lower()
def pascal(w): return "".join(x[:1].upper() + x[1:] for x in w)
def camel(w): return w[0].lower() + pascal(w[1:])
def flat(w): return "".join(w).lower()


def case_for(rng, weights=(5, 3, 3, .4, .4)):
    return rng.choices((snake, pascal, camel, kebab, flat), weights)[0]


PLUGINS = {"lights": ["Lights", "Light", "Home"], "home": ["Home", "House", "SmartHome"], "cal": ["Calendar", "Agenda"], "calc": ["Math", "Calculator"], "msg": ["Messaging", "Chat"], "ops": ["Ops", "Server", "Cluster"],
           "db": ["Database", "Sql"], "web": ["Web", "Browser"], "text": ["Text", "Language"], "iot": ["Iot", "Plant"], "hr": ["Hr", "People"], "doc": ["Documents", "Office"], "food": ["Menu", "Kitchen", "Restaurant"],
           "shop": ["Shop", "Store", "Cart"], "time": ["Time", "Clock", "DateTimeUtils"], "money": ["Bank", "Finance"],
           "place": ["Places", "City", "Travel"], "log": ["Health", "Diary"], "booking": ["Bookings", "Agenda"], "maths": ["Math", "Calculator"], "words": ["Text", "Language"], "deed": ["Tools", "Office", "Home"], "general": ["Store", "Data", "Manager", "Records", "Api"]}


def tool_name(rng, base, domain, case, plain=False):
    """A name in one of the styles of Semantic Kernel, Agent Framework, MCP servers and plain functions."""
    parts = [p for p in base.replace("-", " ").split() if p]
    r = rng.random()
    if r < .10 and not plain:                                     # one invented word somewhere in the name
        parts.insert(rng.randint(0, len(parts)), words.invented(rng))
    name = case(parts)
    r = rng.random()
    if r < .28:                                                   # Plugin_Function and its relatives; a third of the plugins are invented
        plugin = rng.choice(PLUGINS.get(domain, [domain.capitalize()])) if rng.random() < .7 else words.invented(rng).capitalize()
        if rng.random() < .35: plugin += rng.choice(("Plugin", "Plugin", "Service", "Tools", "Api"))
        if case in (snake, flat, kebab) and rng.random() < .7: plugin = snake(re.findall("[A-Z][a-z0-9]*", plugin) or [plugin])
        name = plugin + rng.choice(("_", "_", "_", "-", ".", "__")) + name
    elif r < .31: name += rng.choice(("_v2", "_tool", "2", "_api", "Async"))
    return name


def sentence(text):
    return text[:1].upper() + text[1:]


def third_person(text):
    verb, _, rest = text.partition(" ")
    if not verb[:1].isupper() or verb.endswith("s"): return text
    verb += "es" if verb.endswith(("ch", "sh", "x", "z", "o")) else "s" if not (verb.endswith("y") and verb[-2] not in "aeiou") else ""
    if verb.endswith("y"): verb = verb[:-1] + "ies"
    return f"{verb} {rest}"


VERBS = set("Get Set Turn Switch Change Tell List Send Start Stop Move Lock Activate Look Create Add Remove Delete Cancel Check Find Search Apply Order Book Make Prepare Evaluate Calculate Convert Transfer Record Save Post Call "
            "Read Rename Write Mark Show Fetch Open Restart Reboot Deploy Roll Close Assign Request Translate Define Count Summarize Play Pause Skip Water Feed Run Execute Merge Print Register Update Reserve Invite Bill Track Detect Generate "
            "Buy Store Rate Log Quiz Heat Plan Rent Locate Export Import Share Archive Approve Reject Enable Disable Schedule Compute".split())


class Tool:
    def __init__(self, family, rng, case=None, dialect=None, opaque=False):
        self.family = family
        self.case = case or case_for(rng)
        param_case = self.case if self.case in (snake, camel) else rng.choice((camel, camel, snake)) if self.case is not flat else snake
        if self.case is pascal and rng.random() < .12: param_case = pascal
        self.style = {"bounds": rng.random() < .2, "enum": rng.choices(("lower", "title", "upper"), (7, 2, 1))[0], "enum_snake": rng.random() < .3, "enum_untyped": rng.random() < .12, "case": param_case}
        base = rng.choice(family.names)
        self.words = base
        if opaque:
            base = " ".join(words.invented(rng, rng.choice((2, 2, 3))) for _ in range(rng.choice((1, 1, 2))))
        self.name = tool_name(rng, base, family.domain, self.case, opaque)
        d = rng.choice(family.descs)
        if d.split(" ")[0] in VERBS and rng.random() < .35: d = third_person(d)
        elif d.split(" ")[0] in VERBS and rng.random() < .25:
            d = rng.choice(("Use this to ", "Use this tool to ", "Call this to ", "A tool to ", "Allows you to ", "Can ", "This function can ", "Lets the assistant ", "Use when the user wants to ")) + d[:1].lower() + d[1:]
        r = rng.random()
        self.description = d + "." if r < .4 else d if r < .93 or opaque else ""
        self.params = {}                                           # canonical key -> name in the schema
        args = list(family.args)
        if rng.random() < .15: rng.shuffle(args)
        self.args = args
        for a in args:
            n = a.names[0] if rng.random() < .4 else rng.choice(a.names)
            name = param_case(n.split())
            if rng.random() < .04 and a.descs: name = param_case([words.invented(rng, 2)])
            while name in self.params.values(): name = param_case(a.names[0].split()) if param_case(a.names[0].split()) not in self.params.values() else name + "2"
            self.params[a.key] = name
        self.parameters = self._schema(rng, dialect or rng.choices(("openai", "sk", "meai", "mcp"), (4, 2.5, 2.5, 1))[0])

    def _schema(self, rng, dialect):
        described = rng.random() < .8
        props = {}
        for a in self.args:
            s = a.kind.schema(self.style)
            name = self.params[a.key]
            desc = rng.choice(a.descs) if a.descs and (described and rng.random() < .9 or name not in [self.style["case"](n.split()) for n in a.names]) else None
            if desc and rng.random() < .5: desc = sentence(desc) + ("." if rng.random() < .4 else "")
            if a.optional and dialect in ("meai", "sk") and rng.random() < .6 and isinstance(s.get("type"), str):
                s = {**s, "type": [s["type"], "null"]}
                if rng.random() < .7: s["default"] = None
            if desc: s = {"description": desc, **s} if dialect in ("sk", "meai") else {**s, "description": desc}
            props[name] = s
        required = [self.params[a.key] for a in self.args if not a.optional]
        out = {}
        if dialect == "mcp" and rng.random() < .6: out["$schema"] = rng.choice(("http://json-schema.org/draft-07/schema#", "https://json-schema.org/draft/2020-12/schema"))
        if dialect == "meai" and rng.random() < .2: out["title"] = self.name
        out["type"] = "object"
        if dialect == "sk" and rng.random() < .4: out["condition"] = self.description.rstrip(".").lower()[:40]
        if props or rng.random() < .8: out["properties"] = props
        if required or rng.random() < .3 and props: out["required"] = required
        if dialect in ("openai", "mcp") and rng.random() < .3: out["additionalProperties"] = False
        return out

    def json(self):
        return {"name": self.name, "description": self.description, "parameters": self.parameters}

    def arguments(self, values):
        """Call arguments in schema order; `values` maps canonical keys to values."""
        return {self.params[a.key]: a.kind.convert(values[a.key], self.style) for a in self.args if a.key in values}


# ---------------------------------------------------------------- one use of a tool: request, call, result, answer

class Use:
    """A tool, the arguments a user has in mind, and the clause that asks for it."""

    def __init__(self, tool, rng, fixed=None, kind=None, forms=None):
        self.tool, f = tool, tool.family
        self.values, self.slots = {}, {}
        for a in f.args:
            if fixed and a.key in fixed: self.values[a.key], self.slots[a.key] = fixed[a.key]
            else:
                v, text = a.kind.sample(rng)
                if isinstance(a.kind, Str) and v in self.values.values(): v, text = a.kind.sample(rng)       # rarely from here to here
                self.values[a.key], self.slots[a.key] = v, text
        kinds = [k for k, v in f.cores.items() if v and k in (forms or ("do", "ask", "np", "say"))] or [k for k, v in f.cores.items() if v]
        self.kind = kind if kind and f.cores[kind] else rng.choices(kinds, [{"do": 3, "ask": 3, "np": 2, "say": 1.2}[k] for k in kinds])[0]
        used = set()
        self.clause = fill(parse_template(rng.choice(f.cores[self.kind])), rng, self.slots, used)
        self.used = used
        for a in f.args:
            if not a.optional and a.key not in used: raise ValueError(f"{f.key}: {a.key} missing in {self.clause!r}")
        self.values = {k: v for k, v in self.values.items() if k in used}
        self.clause = words.spoken(rng, self.clause, self.values.values())

    def call(self):
        return {"name": self.tool.name, "arguments": self.tool.arguments(self.values)}


ACTION_TEXTS = ["Booked under {c}", "Queued as job {n}", "Reference {c}", "Accepted, ticket {c}", "Done in {n} ms", "Confirmed with number {c}", "Saved as {w}", "Scheduled, id {c}", "ok, {n} left", "Request {c} accepted", "Updated at {t}",
                "Success: {w} {n}", "The new total is {n}", "Code {c}"]
LOOSE = ["{w} {n}", "the {w} is {a}", "{n} {i}", "{p} said yes", "see {w} at {t}", "level {n}, {a}", "about {n}", "{c}", "it is {a}", "{p} and {q}", "no {i} today", "closed until {t}", "{i}, {n} pieces", "{w} in {y}", "from {t} to {u}"]


def loose(rng, templates):
    t = rng.choice(templates)
    return t.format(c=words.code(rng), n=rng.randint(1, 999), w=words.invented(rng), t=words.clock(rng), u=words.clock(rng), a=rng.choice(("ready", "full", "low", "stable", "offline", "green", "open", "empty", "broken", "fine")),
                    i=POOLS["item"](rng), p=POOLS["first"](rng), q=POOLS["first"](rng), y=POOLS["city"](rng))


def result_case(rng):
    return rng.choice((snake, camel, snake, pascal))


def outcome(use, rng):
    result, answer, must = _outcome(use, rng)
    mine = lambda t: re.sub(r"\bmy\b", "your", re.sub(r"\bMy\b", "Your", t))
    return (mine(result) if isinstance(result, str) else result), mine(answer), [mine(m) for m in must]


def _outcome(use, rng):
    """A result of the call as the host would return it, the answer, and the strings that the answer must contain."""
    f, slots = use.tool.family, use.slots
    case = result_case(rng)
    if not f.fields:
        used = set()
        known = [t for t in f.done if set(re.findall(r"\{([^}.]*)", t)) <= set(use.used)] or f.done
        done = fill(parse_template(rng.choice(known)), rng, slots, used)
        done = sentence(done)
        r = rng.random()
        if r < .25:
            text = loose(rng, ACTION_TEXTS)
            answer = rng.choice((f"{done} {sentence(text)}.", f"{done} {sentence(text)}.", f"{sentence(text)}."))
            return (text if rng.random() < .8 else text + "."), answer, [text.rstrip(".").lower()]
        if r < .45:
            key = rng.choice(("id", "confirmation", "reference", "number", "code", "ticket"))
            v = rng.choice((words.code(rng), rng.randint(1, 99999)))
            obj = {case([rng.choice(("status", "state", "result"))]): rng.choice(("ok", "done", "success", "created", "accepted")), case([key]): v}
            if rng.random() < .4: obj = {case([key]): v}
            return obj, f"{done} The {key} is {v}.", [str(v).lower()]
        simple = rng.choice(("ok", "OK", "done", "success", "Done.", "Success", True, {"status": "ok"}, {"success": True}, {"ok": True}, {"result": "done"}, None, done, {"message": done}, "completed", 1))
        if rng.random() < .25:
            echo = use.call()["arguments"]
            simple = {**echo, "success": True} if rng.random() < .5 else {"status": "ok", **echo}
        return simple, done, []
    r = rng.random()
    if r < .1:
        text = loose(rng, LOOSE)
        return text, rng.choice((f"{sentence(text)}.", f"Here is the result: {text}.", f"The answer is: {text}.")), [text.lower()]
    fv, fs = {}, {}
    for n, k in f.fields: fv[n], fs[n] = k.sample(rng)[0], None
    for n, k in f.fields: fs[n] = join(None, fv[n]) if isinstance(fv[n], list) else str(fv[n])
    both = {**slots, **fs}
    known = set(use.used) | set(fs)
    templates = [t for t in f.answers if set(re.findall(r"\{([^}.]*)", t)) <= known]
    template = rng.choice(templates) if templates else "The result is {" + f.fields[0][0] + "}."
    answer = sentence(fill(parse_template(template), rng, both, set()))
    shown = set(re.findall(r"\{([^}]*)\}", template)) & set(fs)
    must = [x.lower() for n in shown for x in (map(str, fv[n]) if isinstance(fv[n], list) else [fs[n]])]
    first = fv[f.fields[0][0]]
    r = rng.random()
    if len(f.fields) == 1 and r < .3: result = first
    elif isinstance(first, list) and r < .5:
        key = rng.choice(("name", "title", "label"))
        result = [{"id": i + 1, key: x} for i, x in enumerate(first)] if rng.random() < .6 else [{key: x, "state": rng.choice(("on", "off", "new"))} for x in first]
    elif r < .6 or not f.texts:
        result = {case(n.split()): v for n, v in fv.items()}
        if rng.random() < .25: result = {**{k: v for k, v in use.call()["arguments"].items() if not isinstance(v, (dict, list))}, **result}
        if rng.random() < .15: result[rng.choice(("id", "source", "ts", "requestId"))] = rng.choice((words.invented(rng), rng.randint(1, 9999), words.code(rng)))
    elif r < .68: result = answer
    else: result = fill(parse_template(rng.choice(f.texts)), rng, both, set())
    return result, answer, must


ERRORS = ["Error: Function failed.", "Error: timeout", "Error: not found", "Error: permission denied", "Error: service unavailable", "Error: {w} is not reachable", "Error: unknown {w}", "Error: invalid value for {w}", "Error: connection refused",
          "Error: code {n}", "Error: {w} {n} does not exist", "Error: out of memory", "Error: rate limit exceeded"]


def failure(use, rng):
    text = rng.choice(ERRORS).format(w=words.invented(rng), n=rng.randint(1, 599))
    if rng.random() < .12: text = f'Error: Requested function "{use.tool.name}" not found.'
    reason = text[len("Error: "):].rstrip(".")
    result = text if rng.random() < .7 else rng.choice(({"error": reason}, {"status": "error", "message": reason}, {"success": False, "error": reason}))
    answer = rng.choice((f"Sorry, that did not work: {reason}.", f"The tool {use.tool.name} failed: {reason}.", f"Sorry, {use.tool.name} reported an error: {reason}."))
    return result, answer, [reason.lower()]
