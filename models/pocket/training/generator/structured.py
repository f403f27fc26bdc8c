"""Sentences and the JSON objects that describe them: response formats with and without a schema."""
import json

import words
from words import POOLS
from tools import Enum, Int, ListOf, Num, Bool, Str, camel, join, pascal, snake, sentence

# Kinds of things: property name -> (kind, phrases). The phrase "{v}" says the value; @ is the subject ("she", "the product", …).
JOB_CLASSES = {"Programmer": ["programmer", "software developer", "coder", "web developer"], "Doctor": ["surgeon", "nurse", "dentist", "doctor"], "Teacher": ["teacher", "professor", "school teacher"], "Musician": ["singer", "pianist", "guitarist", "famous singer and songwriter"],
               "Cook": ["chef", "cook", "baker"], "Driver": ["truck driver", "taxi driver", "bus driver"], "Artist": ["painter", "sculptor"], "Lawyer": ["lawyer", "judge", "attorney"], "Unknown": ["retired person", "traveller", "mystery guest"]}
CLASSES = {
    "sentiment": {"positive": ["I love it", "this is great", "wonderful service", "I am very happy", "best day ever", "works perfectly", "what a nice place"], "negative": ["I hate it", "this is terrible", "awful service", "I am very sad", "worst day ever", "it broke at once", "never again"],
                  "neutral": ["it is okay", "it is a table", "the shop opens at nine", "nothing special", "it arrived on Monday"]},
    "priority": {"high": ["it is urgent", "we need this right now", "everything is down", "this can't wait"], "medium": ["please do it this week", "it should be done soon"], "low": ["there is no hurry", "whenever you have time", "it can wait"]},
    "category": {"food": ["a pizza", "two apples", "a bowl of soup", "bread and cheese"], "animal": ["a small dog", "two cats", "a wild horse", "a parrot"], "vehicle": ["a fast car", "an old bicycle", "a red truck", "a train"], "clothing": ["a blue shirt", "warm socks", "a winter coat", "new shoes"]},
    "weather": {"sun": ["the sun is shining", "a bright clear sky"], "rain": ["it is raining", "water is pouring from the sky", "take an umbrella"], "snow": ["it is snowing", "everything is white with snow"], "wind": ["a strong wind blows", "the storm takes the leaves"]},
}


def person_sentence(rng, name, age, job, city):
    return rng.choice((f"{name} is a {age}-year-old {job} from {city}.", f"{name} is {age} years old, lives in {city} and works as a {job}.", f"{name}, a {job} from {city}, is {age}.", f"The {job} {name} is {age} years old and comes from {city}.",
                       f"Meet {name}: {age}, {job}, {city}.", f"I met {name}, a {age} year old {job} living in {city}."))


ENTITIES = {
    "person": ("str.person", [("age", Int(5, 95), "is {v} years old"), ("city", Str("city"), "lives in {v}"), ("job", Str("job"), "works as a {v}"), ("email", Str("email"), "has the email {v}"), ("phone", Str("phone"), "can be reached at {v}"), ("hobbies", ListOf("hobby"), "likes {v}"),
                              ("married", Bool("is married", "is not married"), "{v}"), ("nationality", Str("country"), "comes from {v}"), ("favorite color", Str("color"), "loves the color {v}")]),
    "product": ("str.item", [("price", Num(1, 900), "costs {v}"), ("color", Str("color"), "is {v}"), ("in stock", Bool("is in stock", "is sold out"), "{v}"), ("quantity", Int(0, 99), "there are {v} left"), ("brand", Str("company"), "is made by {v}"), ("tags", ListOf("label"), "has the tags {v}"),
                             ("weight", Num(1, 90), "weighs {v} kg"), ("size", Enum("small,medium,large"), "comes in size {v}")]),
    "event": ("str.title", [("date", Str("date"), "takes place on {v}"), ("time", Str("time"), "starts at {v}"), ("city", Str("city"), "is in {v}"), ("attendees", ListOf("first"), "will be joined by {v}"), ("public", Bool("is open to everyone", "is private"), "{v}"), ("capacity", Int(2, 900), "has room for {v} people"), ("price", Num(1, 90), "costs {v}")]),
    "book": ("str.book", [("author", Str("person"), "was written by {v}"), ("year", Int(1800, 2026), "appeared in {v}"), ("pages", Int(50, 1200), "has {v} pages"), ("genre", Enum("novel,poetry,history,science"), "belongs to {v}"), ("language", Str("lang"), "is written in {v}"), ("rating", Num(1, 5), "is rated {v}")]),
    "order": ("str.code", [("customer", Str("person"), "was placed by {v}"), ("total", Num(1, 900), "comes to {v}"), ("items", ListOf("item"), "contains {v}"), ("express", Bool("goes by express", "goes by normal mail"), "{v}"), ("city", Str("city"), "goes to {v}"), ("status", Enum("open,paid,shipped"), "is {v}")]),
    "server": ("str.server", [("cpu", Int(0, 100), "has a load of {v} percent"), ("region", Enum("north,south,east,west"), "runs in the {v}"), ("owner", Str("first"), "belongs to {v}"), ("online", Bool("is online", "is offline"), "{v}"), ("services", ListOf("service"), "runs {v}"), ("version", Str("version"), "has version {v}")]),
    "pet": ("str.pet", [("species", Str("animal"), "is a {v}"), ("age", Int(1, 20), "is {v} years old"), ("color", Str("color"), "is {v}"), ("owner", Str("person"), "belongs to {v}"), ("vaccinated", Bool("is vaccinated", "is not vaccinated"), "{v}"), ("weight", Num(1, 60), "weighs {v} kg")]),
    "movie": ("str.movie", [("year", Int(1930, 2026), "is from {v}"), ("director", Str("person"), "was directed by {v}"), ("minutes", Int(60, 200), "runs {v} minutes"), ("rating", Num(1, 10), "got {v} points"), ("actors", ListOf("person"), "stars {v}")]),
    "meeting": ("str.title", [("room", Str("New"), "is in room {v}"), ("time", Str("time"), "begins at {v}"), ("participants", ListOf("first"), "has the participants {v}"), ("organizer", Str("person"), "is organized by {v}"), ("minutes", Int(10, 180), "takes {v} minutes"), ("online", Bool("is online", "is on site"), "{v}")]),
    "ticket": ("str.phrase", [("priority", Enum("low,medium,high"), "has {v} priority"), ("assignee", Str("person"), "is handled by {v}"), ("labels", ListOf("label"), "is labeled {v}"), ("open", Bool("is open", "is closed"), "{v}"), ("number", Int(1, 9999), "has the number {v}")]),
}
PRONOUN = {"person": ["She", "He", "This person"], "pet": ["The animal", "It"]}


def invented_entity(rng):
    w = words.invented(rng)
    fields = [(words.invented(rng), k, p) for k, p in rng.sample([(Int(0, 900), "has the {n} {v}"), (Num(0, 90), "has a {n} of {v}"), (Str("city"), "has its {n} in {v}"), (Str("New"), "has the {n} {v}"), (Str("code"), "has the {n} {v}"), (ListOf("new"), "has the {n} {v}")], rng.choice((2, 3, 4)))]
    return w, ("str.New", [(n, k, p.replace("{n}", n)) for n, k, p in fields])


class Schema:
    """A schema under construction, with the property case and dialect of one request."""

    def __init__(self, rng):
        self.case = rng.choices((camel, pascal, snake), (5, 3, 3))[0]
        self.style = {"bounds": False, "enum": rng.choices(("lower", "title", "upper"), (6, 3, 1))[0], "enum_snake": False, "enum_untyped": rng.random() < .2, "case": self.case}
        self.closed, self.titled, self.dollar = rng.random() < .5, rng.random() < .1, rng.random() < .25

    def object(self, props, required):
        o = {"type": "object", "properties": props}
        if self.closed: o["additionalProperties"] = False
        if required is not None: o["required"] = required
        return o

    def root(self, rng, o):
        if self.dollar: o = {"$schema": "https://json-schema.org/draft/2020-12/schema", **o}
        return o


def describe(rng, kind=None, schema=None, lead=None):
    """One thing: (sentences, object, schema of the object, noun)."""
    s = schema or Schema(rng)
    noun = kind or rng.choice(list(ENTITIES) + ["person"] * 2 + ["*"] * 2)
    noun, (lead_kind, fields) = invented_entity(rng) if noun == "*" else (noun, ENTITIES[noun])
    name = POOLS[lead_kind[4:]](rng)
    chosen = rng.sample(fields, min(len(fields), rng.choice((1, 2, 2, 3, 3, 4, 5))))
    clauses, obj, props, required = [], {}, {}, []
    key = s.case([lead or ("id" if lead_kind == "str.code" else rng.choice(("name", "name", "title" if lead_kind == "str.title" or noun in ("book", "movie") else "name")))])
    obj[key], props[key] = str(name), {"type": "string"}
    required.append(key)
    drop = None if rng.random() < .75 or len(chosen) < 2 else rng.randrange(len(chosen))
    drop_mode = rng.choice(("absent", "null"))
    for i, (n, k, phrase) in enumerate(chosen):
        key = s.case(n.split())
        v, surface = k.sample(rng)
        p = k.schema(s.style)
        if i == drop:
            if drop_mode == "null":
                p = {**p, "type": [p.get("type", "string"), "null"]} if "enum" not in p else {"type": ["string", "null"], "enum": p["enum"] + [None]}
                obj[key] = None
                required.append(key)
        else:
            obj[key] = k.convert(v, s.style)
            clauses.append(phrase.replace("{v}", surface))
            if rng.random() < .9: required.append(key)
        if rng.random() < .12: p["description"] = f"the {n}"
        props[key] = p
    rng.shuffle(clauses)
    name = str(name)
    if not clauses: text = f"This is about {name}."
    elif len(clauses) == 1 or rng.random() < .5: text = f"{name} {join(None, clauses)}."
    else:
        cut = rng.randint(1, len(clauses) - 1)
        it = rng.choice(PRONOUN.get(noun, ["It", f"The {noun}"]))
        text = f"{name} {join(None, clauses[:cut])}. {it} {join(None, clauses[cut:])}."
    if rng.random() < .25:
        order = list(props); rng.shuffle(order)
        props, obj = {k: props[k] for k in order}, {k: obj[k] for k in order if k in obj}
        required = [k for k in order if k in required]
    # A nested object now and then.
    if rng.random() < .15 and schema is None:
        inner_key = s.case(rng.choice((["address"], ["contact"], ["location"])))
        street, city = POOLS["street"](rng), POOLS["city"](rng)
        a, b = s.case(["street"]), s.case(["city"])
        obj[inner_key], props[inner_key] = {a: street, b: city}, s.object({a: {"type": "string"}, b: {"type": "string"}}, [a, b])
        required.append(inner_key)
        text += f" The {inner_key.lower()} is {street} in {city}."
    return text, obj, s.object(props, required if rng.random() < .92 else None), noun, s


ASKS = ["{t}", "{t}", "{t}", "Describe this as JSON: {t}", "Extract the data: {t}", "Who or what is described here? {t}", "Fill in the form: {t}", "{t} Give me the details.", "Turn this into an object: {t}", "Parse this: {t}", "Which {n} is described in the following sentence? {t}", "Read this and fill in the fields. {t}",
        "Who is described in the following sentence? {t}", "Here is a {n}: {t}", "I have some information for you. {t}", "Structure this text: {t}"]


def wrap(rng, value_schema, value):
    return {"type": "object", "properties": {"data": value_schema}, **({"additionalProperties": False} if rng.random() < .7 else {}), "required": ["data"]}, {"data": value}


def person(rng, classes=False):
    job = rng.choice([j for js in JOB_CLASSES.values() for j in js]) if classes else POOLS["job"](rng)
    return POOLS["person"](rng), rng.randint(5, 95), job, POOLS["city"](rng)


def job_class(job): return next(k for k, js in JOB_CLASSES.items() if job in js)


def primitive(rng):
    """A question whose answer is one value: (text, schema of the value, value)."""
    r = rng.randrange(9)
    if r == 0:
        name, age, job, city = person(rng)
        text = person_sentence(rng, name, age, job, city)
        return _ask_person(rng, text, name, age, job, city)
    if r == 1:
        n = rng.randint(2, 60); w = rng.choice((POOLS["item"](rng), words.invented(rng) + "s"))
        k = rng.choice((1, 1, 1, 2, 3))
        if rng.random() < .5: return f"There were {n} {w}. Then we added {['another one', 'two more', 'three more'][k - 1]}. How many are there now?", {"type": "integer"}, n + k
        k = 1
        return f"There were {n} {w}. Then we removed one. How many are there now?", {"type": "integer"}, n - 1
    if r == 2:
        v, s = words.integer(rng, 0, 300)
        w = rng.choice(("answer", "code", "temperature", "number", "count", words.invented(rng)))
        return rng.choice((f"The {w} is {s}. What is the {w}?", f"Give me the {w}. It is {s}.", f"What is the {w} if it is {s}?", f"Remember that the {w} is {s}. Return the {w}.")), {"type": "integer"}, v
    if r == 3:
        name, age, job, city = person(rng)
        truth = rng.random() < .5
        other = job if truth else rng.choice([j for j in words.JOBS if j != job])
        text = person_sentence(rng, name, age, job, city)
        return rng.choice((f"{text} Is this person a {other}?", f"{text} Is there at least one {other} from {city}?", f"{text} Reply true if they are a {other}, otherwise false.", f"Is {name} a {other}? {text}")), {"type": "boolean"}, truth
    if r == 4:
        truth = rng.random() < .5
        a = POOLS["city"](rng); b = a if truth else POOLS["city"](rng); truth = a == b
        n = POOLS["first"](rng)
        return f"{n} lives in {a}. Does {n} live in {b}?", {"type": "boolean"}, truth
    if r == 5:
        topic = rng.choice(list(CLASSES)); members = CLASSES[topic]
        label = rng.choice(list(members)); text = rng.choice(members[label])
        names = list(members); rng.shuffle(names)
        up = rng.choice((str, str.capitalize, str.upper))
        return rng.choice((f"What is the {topic} of this? {sentence(text)}.", f"Classify: {sentence(text)}.", f'Which {topic} fits "{text}"?', f"{sentence(text)}. What {topic} is that?")), {"type": "string", "enum": [up(x) for x in names]}, up(label)
    if r == 6:
        name, age, job, city = person(rng, True)
        label = job_class(job)
        names = [label] + rng.sample([k for k in JOB_CLASSES if k != label], rng.randint(1, 4)); rng.shuffle(names)
        return f"{person_sentence(rng, name, age, job, city)} {rng.choice(('What is the job?', 'What kind of job is it?', 'What does this person do?', f'What is the job of {name}?'))}", {"type": "string", "enum": names}, label
    if r == 7:
        k = rng.choice(("first", "item", "city", "color", "int", "hobby", "new"))
        items, text = ListOf(k).sample(rng)
        w = rng.choice(("List", "Name", "Return", "Extract")); what = {"first": "names", "item": "items", "city": "cities", "color": "colors", "int": "numbers", "hobby": "hobbies", "new": "words"}[k]
        return rng.choice((f"{w} the {what}: {text}.", f"{w} all {what} in this sentence: I have {text}.", f"Which {what} are mentioned? We talked about {text}.")), {"type": "array", "items": {"type": "integer" if k == "int" else "string"}}, items
    v, s = words.number(rng, 0, 500)
    w = rng.choice(("price", "weight", "distance", "total", words.invented(rng)))
    return f"The {w} is {s}. What is the {w}?", {"type": "number"}, v


def _ask_person(rng, text, name, age, job, city):
    q, t, v = rng.choice((("What is the full name?", "string", name), ("What's their name?", "string", name), ("How old is this person?", "integer", age), ("What is the age?", "integer", age), ("Which city is it?", "string", city), ("Where is this person from?", "string", city), ("What is the job?", "string", job)))
    return (f"{text} {q}" if rng.random() < .6 else f"{q} {text}"), {"type": t}, v


def sample(rng):
    """A response-format request: (user text, schema or None, answer value)."""
    r = rng.random()
    if r < .5:
        text, obj, schema, noun, s = describe(rng)
        if noun == "person" and rng.random() < .3:      # the typical people test: name, age and a class of job
            name, age, job, city = person(rng, True)
            label = job_class(job)
            names = [label] + rng.sample([k for k in JOB_CLASSES if k != label], rng.randint(1, 4)); rng.shuffle(names)
            c = s.case
            keys = [(rng.choice((["name"], ["full", "name"])), {"type": "string"}, name), (["age"], {"type": "integer"}, age), (["job"], {"enum": names} if rng.random() < .3 else {"type": "string", "enum": names}, label), (["city"], {"type": "string"}, city)]
            keys = keys[:rng.choice((2, 3, 3, 4))]
            schema = s.object({c(k): p for k, p, _ in keys}, [c(k) for k, _, _ in keys]); obj = {c(k): v for k, _, v in keys}
            text = person_sentence(rng, name, age, job, city)
        return rng.choice(ASKS).format(t=text, n=noun), s.root(rng, schema), obj
    if r < .65:                                          # several things: {"data": [ … ]} or a named list
        s = Schema(rng); c = s.case
        n = rng.choice((1, 2, 2, 2, 3))
        if rng.random() < .5:
            people = [person(rng, True) for _ in range(n)]
            with_job = rng.random() < .5
            names = list(JOB_CLASSES); rng.shuffle(names)
            if with_job: names = list({job_class(p[2]) for p in people} | set(names[:3])); rng.shuffle(names)
            props = {c(["name"]): {"type": "string"}, c(["age"]): {"type": "integer"}}
            if with_job: props[c(["job"])] = {"type": "string", "enum": names}
            items = [dict(zip(props, (p[0], p[1], job_class(p[2])))) for p in people]
            text = " ".join(person_sentence(rng, *p) for p in people)
            text = rng.choice(("Who are described in the following sentences? ", "List the people. ", "", "Extract everybody: ")) + text
        else:
            props = {c(["name"]): {"type": "string"}, c(rng.choice((["quantity"], ["amount"], ["count"]))): {"type": "integer"}}
            items = [dict(zip(props, (POOLS["item"](rng), rng.randint(1, 40)))) for _ in range(n)]
            text = rng.choice(("The list: ", "I bought ", "We need ", "Order ", "In the box are ")) + join(None, [f"{i[list(props)[1]]} {i[list(props)[0]]}" for i in items]) + "."
        array = {"type": "array", "items": s.object(props, list(props))}
        if rng.random() < .6: schema, value = wrap(rng, array, items)
        else:
            k = c([rng.choice(("items", "people", "entries", "list"))])
            schema, value = s.object({k: array}, [k]), {k: items}
        return text, s.root(rng, schema), value
    if r < .9:
        text, schema, value = primitive(rng)
        if rng.random() < .8: schema, value = wrap(rng, schema, value)
        else:
            k = rng.choice(("answer", "value", "result"))
            schema, value = {"type": "object", "properties": {k: schema}, "required": [k]}, {k: value}
        if rng.random() < .4: schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}
        return text, schema, value
    plain = Schema(rng)                                  # JSON without a schema: the keys stand in the request
    plain.style["enum"] = "lower"
    text, obj, schema, noun, s = describe(rng, schema=plain)
    if rng.random() < .4:
        return f"{text}\n\nRespond with a JSON value conforming to the following schema:\n```\n{json.dumps(schema, ensure_ascii=False)}\n```", None, obj
    obj = {k: v for k, v in obj.items() if v is not None}
    keys = join(None, list(obj))
    return rng.choice((f"{text} Answer as JSON with the keys {keys}.", f"Give me JSON with {keys} for this: {text}", f"{text} Use these fields: {keys}.")), None, obj
