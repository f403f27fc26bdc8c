"""Whole conversations: which tools stand in the prompt, what the user says over several turns, and what the model should do."""
import copy
import json
import random

import chat
import compose
import structured
import synonyms
import tables
import tools as T
import unlisted
import words
from tools import Tool, Use, failure, join, outcome, sentence
from words import POOLS

# Families that never occur in training; with compose.HELD_NOUNS they make the held-out split.
HELD_FAMILIES = {"weather.air", "cal.move", "shop.coupon", "food.brew", "calc.average", "files.rename", "health.water", "ops.disk", "tickets.assign", "hr.vacation", "text.synonyms", "sport.next", "iot.pump", "geo.population",
                 "elevator.go", "event.tickets"}
# Whole toolboxes that never occur in training.
HELD_TOOLBOXES = {"till", "dispatch", "claims", "vault"}
ALL = T.load() + T.load_toolboxes()
_TABLE_TRAIN, _TABLE_HELD = tables.build()
_held = lambda f: f.key in HELD_FAMILIES or f.domain in HELD_TOOLBOXES
TRAIN, HELD = [f for f in ALL if not _held(f)] + _TABLE_TRAIN, [f for f in ALL if _held(f)] + _TABLE_HELD
ALL += _TABLE_TRAIN + _TABLE_HELD
BY_KEY = {f.key: f for f in ALL}

# Families that could answer the same request; only one of them may stand in a prompt.
for pair in """lights.set:lights.turnon lights.set:lights.turnoff home.device:lights.set home.device:lights.turnon home.device:lights.turnoff web.search:shop.search web.search:files.search web.search:news.get web.search:book.find shop.search:files.search
 shop.search:book.find files.search:book.find photo.search:web.search food.order:shop.cart calc.eval:calc.add calc.eval:calc.multiply calc.eval:calc.percent calc.eval:calc.sqrt hr.employee:contacts.find hr.employee:crm.customer contacts.find:crm.customer
 tickets.create:git.issue secret.number:contacts.find weather.now:home.readtemp weather.now:weather.forecast time.alarm:time.reminder time.timer:tasks.pomodoro health.appointment:pets.vet lights.turnon:home.scene travel.taxi:travel.rentcar
 doc.form:contacts.add shop.price:food.nutrition fun.quote:fun.joke text.define:text.synonyms book.find:shop.search iot.sensor:lab.measure time.now:time.zone ops.status:ops.cpu user.profile:contacts.find shop.order:ship.parcel shop.order:tickets.get
 shop.cancel:cal.cancel todo.list:cal.list files.read:text.summarize maps.distance:maps.route car.fuel:ops.cpu mail.list:mail.search web.fetch:files.read travel.hotel:travel.hotelsearch food.table:office.room calc.eval:calc.subtract calc.eval:calc.divide calc.eval:calc.tip calc.temperature:calc.units shop.groceries:shop.cart shop.groceries:food.order travel.bookflight:travel.flights user.create:doc.form user.create:contacts.add
 media.playlist:music.genre phone.dnd:time.alarm file.write:notes.add text.count:calc.average calc.percent:calc.tip home.garage:home.lock files.read:file.write
 place.water_temperature:weather.now place.rainfall:weather.now place.traffic:maps.route place.sunrise:weather.sun place.time_zone:time.zone place.restaurants:maps.nearby place.pharmacy:maps.nearby place.parking_fee:car.parking place.events:place.museums place.bus_departures:travel.train
 place.rainfall:place.humidity place.ski_conditions:place.snow_depth place.restaurants:place.events words.landmark:place.museums words.tallest_building:place.museums words.tallest_building:place.events log.steps:health.steps log.run:health.workout log.sleep_hours:health.sleep log.pushups:health.workout
 log.bike_ride:health.workout log.calories:food.nutrition log.steps:log.run booking.dentist:health.appointment booking.tennis_court:office.room booking.cleaning:home.vacuum maths.sum_list:calc.add maths.sum_list:calc.eval maths.product_of_list:calc.multiply maths.power:calc.eval maths.factorial:calc.eval
 maths.discount:calc.percent maths.vat:calc.percent maths.percent_change:calc.percent maths.modulo:calc.divide maths.random_numbers:game.random maths.round_number:calc.eval maths.modulo:calc.eval maths.interest:maths.loan_payment words.opposite:text.synonyms words.wiki:web.search words.wiki:text.define
 words.etymology:text.define words.pronounce:text.define words.paraphrase:text.summarize words.author:book.find words.director:fun.movie words.actors:fun.movie words.director:words.actors words.find_quote:fun.quote words.calories_in_dish:food.nutrition words.calories_in_dish:food.recipe words.read_aloud:deed.broadcast
 deed.mow_lawn:garden.water deed.order_pizza:food.order deed.broadcast:msg.post deed.tweet:msg.post deed.rate_movie:survey.rate deed.refund:shop.cancel deed.return_item:shop.remove deed.pay_bill:money.transfer deed.sell_stock:money.buy deed.approve_expense:money.expense deed.join_meeting:phone.call
 deed.plant_tree:garden.water deed.clock_in:hr.employee deed.add_friend:contacts.add deed.schedule_job:time.reminder deed.screenshot:phone.photo deed.crop_image:media.resize deed.enable_feature:home.device deed.open_curtains:home.blinds deed.set_fan:home.device deed.start_fireplace:home.device
 deed.page_doctor:deed.call_nurse deed.grade_test:school.grade deed.wish_list:shop.cart deed.return_item:shop.cart words.sentiment:words.keywords words.hash_text:words.encode_base64 words.plural:text.define place.gas_price:maths.fuel_cost place.mayor:geo.population place.zip_code:place.area_code
 place.elevation:geo.population place.crime_rate:place.noise_level place.surf_report:place.water_temperature place.high_tide:place.surf_report deed.promote:deed.hire deed.grant_access:deed.revoke_access""".split():
    a, b = pair.split(":")
    if a in BY_KEY and b in BY_KEY: BY_KEY[a].conflicts.add(b); BY_KEY[b].conflicts.add(a)

unlisted.EVERYDAY = synonyms.everyday([t for f in TRAIN for t in f.names + f.descs + [x for c in f.cores.values() for x in c]] + [n[0] for n in compose.TRAIN_NOUNS])

NOUNS = {n[0]: n for n in reversed(compose.REAL)}
COUNTS = ((1, 2, 3, 4, 5, 6, 7, 8), (18, 20, 20, 14, 10, 7, 6, 5))


class Source:
    """Where tools come from: the training families and nouns, or the held-out ones."""

    def __init__(self, held=False):
        self.held, self.families = held, HELD if held else TRAIN
        self.boxed = [f for f in self.families if f.toolbox]
        self.by_domain = {}
        for f in ALL if held else TRAIN: self.by_domain.setdefault(f.domain, []).append(f)

    def target(self, rng):
        r = rng.random()
        if r < .63:
            f = rng.choice(self.boxed if r < .38 and not self.held else self.families)
            return compose.extended(rng, f) if rng.random() < .12 and not self.held else f
        if r < .70 and not self.held: return compose.keyword(rng)
        if r < .73 and not self.held: return compose.stranger(rng)
        return compose.family(rng, held=self.held)

    def distractor(self, rng, target):
        if ".keyword." in target.key and rng.random() < .6: return compose.keyword(rng)
        r = rng.random()
        if target.toolbox and r < .7: return rng.choice(self.by_domain[target.domain])
        if r < .45 and not target.key.startswith(("general.keyword.", "general.stranger.")):
            if target.key.count(".") >= 2:
                n = NOUNS.get(target.key.split(".", 2)[2])
                if n is None:
                    w = target.key.split(".", 2)[2]
                    n = (w, w + "s", target.domain, rng.choice(("code", "New", "int")), rng.sample(compose.ATTRS, 2))
                return compose.family(rng, n, held=self.held)
            return rng.choice(self.by_domain.get(target.domain) or self.families)
        if r < .75: return rng.choice(ALL if self.held else TRAIN)
        return compose.keyword(rng) if rng.random() < .25 else compose.family(rng, held=self.held)


def conflict(a, b):
    return a.key == b.key or bool(a.conflicts & b.conflicts) or a.toolbox and rival(a, b) or b.toolbox and rival(b, a)


def rival(a, b):
    return b.key in a.rivals or b.domain in a.rivals or b.key.rpartition(".")[2] in a.rivals


def tool_set(rng, source, targets, count=None):
    """`targets` (families) and distractors as tools in one style mix, shuffled."""
    count = max(len(targets), count or rng.choices(*COUNTS)[0])
    families = list(targets)
    if targets and targets[0].toolbox and count > len(targets) and rng.random() < .5:          # the application's whole toolbox
        box = source.by_domain[targets[0].domain]
        for f in rng.sample(box, len(box)):
            if len(families) < 8 and not any(conflict(f, g) for g in families): families.append(f)
    tries = 0
    while len(families) < count and tries < 30:
        tries += 1
        f = source.distractor(rng, rng.choice(targets) if targets else rng.choice(source.families))
        if not any(conflict(f, g) for g in families): families.append(f)
    case = T.case_for(rng) if rng.random() < .75 else None
    dialect = rng.choices(("openai", "sk", "meai", "mcp"), (4, 2.5, 2.5, 1))[0] if rng.random() < .85 else None
    out = []
    for f in families:
        for _ in range(8):
            t = Tool(f, rng, case, dialect, opaque=rng.random() < .04)
            norm = t.name.lower().replace("_", "")
            if all(norm != o.name.lower().replace("_", "") for o in out): break
        out.append(t)
    chosen = out[:len(targets)]
    rng.shuffle(out)
    return chosen, out


# ---------------------------------------------------------------- what the user says

DO = ["{c}", "{c}", "{c}", "please {c}", "{c} please", "{c}, please", "can you {c}?", "could you {c}?", "could you please {c}?", "can you please {c}?", "would you {c}?", "I want you to {c}", "I'd like you to {c}", "I need you to {c}", "go ahead and {c}", "can you {c} for me?",
      "I would like to {c}", "I want to {c}", "I need to {c}", "help me {c}", "just {c}", "do me a favor and {c}", "it would be great if you could {c}", "will you {c}?", "you should {c}", "let's {c}", "time to {c}", "I'd like to {c}", "now {c}", "your job: {c}", "is it possible to {c}?",
      "would you be so kind to {c}?", "kindly {c}", "the plan is to {c}", "don't forget to {c}", "make sure to {c}"]
ASK = ["{c}?", "{c}?", "{c}?", "{c}", "tell me, {c}?", "quick question: {c}?", "I was wondering, {c}?", "one thing: {c}?", "do you know, {c}?", "so {c}?", "please tell me: {c}?", "{c}, please?", "and {c}?", "sorry, {c}?"]
NP = ["tell me {c}", "what is {c}?", "what's {c}?", "show me {c}", "I need {c}", "give me {c}", "{c}", "{c} please", "can you tell me {c}?", "do you know {c}?", "can you look up {c}?", "check {c}", "find out {c}", "I'd like to know {c}", "get me {c}", "fetch {c}", "I want to see {c}", "let me know {c}",
      "could you find {c}?", "look up {c}", "how about {c}?", "report {c}", "I want to know {c}", "could I have {c}?", "may I see {c}?", "please get {c}", "I'm interested in {c}", "can I get {c}?", "retrieve {c}", "{c}?", "I wonder what {c} is", "what about {c}?"]
SAY = ["{c}", "{c}.", "{c}, can you do that?", "{c}. Please take care of it.", "{c}. Can you help?", "{c} - please do something", "well, {c}.", "{c}, thanks."]
OPEN = ["Hi, ", "Hello, ", "Hey, ", "Hey! ", "Hello! ", "Good morning. ", "Ok, ", "Okay. ", "Alright, ", "Next: ", "Hi there! ", "Great. ", "Sorry to bother you. ", "I'm in a hurry. ", "One more thing: ", "Excuse me, ", "Quick one: ", "Listen, ", "Well, ", "Hey assistant, ", "Good evening! ", "Thanks. ", "Perfect. ", "Hmm, "]
CONTEXT = ["I just got home from work.", "It has been a long day.", "We have guests tonight.", "My phone is broken.", "I'm planning a trip.", "The meeting starts soon.", "My friend asked me about it.", "I'm writing a report.", "It is getting late.", "I'm a bit tired.", "We are preparing for tomorrow.",
           "The weather is nice.", "I'm new here.", "My boss wants to know.", "This is important.", "I can't do it myself right now.", "I have my hands full.", "We talked about this yesterday.", "The customer is waiting.", "I'm on the phone."]
CLOSE = [" Thanks!", " Thank you.", " Thanks in advance.", " It's urgent.", " No hurry.", " I appreciate it.", " That would be great.", " Please be quick."]
WRAP = {"do": DO, "ask": ASK, "np": NP, "say": SAY}


def opens_with_value(text, uses):
    """Whether the text opens with a value that is to be copied as it is."""
    values = [v for u in uses for s in u.slots.values() for v in (s.values() if isinstance(s, dict) else [s])]
    return any(text.startswith(str(v)) for v in values if v)


def upper(text, uses):
    return text if opens_with_value(text, uses) else sentence(text)


def finish(rng, text, uses=()):
    """Small human habits: capital letter or not, final stop or not, greeting, small talk around the request."""
    if rng.random() < .14: text = rng.choice(OPEN) + text
    elif rng.random() < .08: text = rng.choice(CONTEXT) + " " + upper(text, uses)
    if rng.random() < .72: text = upper(text, uses)
    if text[-1] not in ".?!\"" and rng.random() < .5: text += rng.choices((".", "!"), (6, 1))[0]
    if rng.random() < .07 and text[-1] in ".?!": text += rng.choice(CLOSE)
    elif rng.random() < .2 and text[-1] in "?.": text = text[:-1]
    if rng.random() < .04: text += " " + rng.choice(CONTEXT) if text[-1] in ".?!" else ". " + rng.choice(CONTEXT)
    return text.strip()


def wrapped(rng, use, plain=.25):
    if rng.random() < plain: return use.clause + ("?" if use.kind == "ask" else "")
    return rng.choice(WRAP[use.kind]).format(c=use.clause)


def utterance(rng, uses):
    if len(uses) == 1: return finish(rng, wrapped(rng, uses[0]), uses)
    if all(u.kind == "np" for u in uses) and rng.random() < .7:
        return finish(rng, rng.choice(("tell me {c}", "show me {c}", "I need {c}", "what are {c}?", "get me {c}", "give me {c}", "{c} please", "I'd like to know {c}", "can you tell me {c}?")).format(c=join(None, [u.clause for u in uses])), uses)
    clause = lambda u: rng.choice(("tell me ", "give me ", "show me ", "check ", "find out ")) + u.clause if u.kind == "np" else u.clause
    parts = [clause(u) for u in uses]
    asks = all(u.kind == "ask" for u in uses)
    r = rng.random()
    if asks and r < .6:
        text = rng.choice((" and ", ", and ", " and also ", "? And ", "? ")).join(parts) + "?"
        return finish(rng, text, uses)
    if any(u.kind == "say" for u in uses) or r < .3:
        text = ". ".join(upper(wrapped(rng, u).rstrip(".?!"), [u]) for u in uses)
        if rng.random() < .5:
            head, _, tail = text.rpartition(". ")
            text = head + ". " + rng.choice(("Also, ", "Then ", "And ", "After that, ", "In addition, ", "Besides, ")) + (tail if opens_with_value(tail, uses[-1:]) else words_lower(tail))
        return finish(rng, text, uses)
    text = rng.choice((" and ", ", then ", " and then ", " and also ", ", and ", ", after that ", "; ")).join(parts) if len(parts) == 2 else ", ".join(parts[:-1]) + rng.choice((" and ", ", and ", ", then ")) + parts[-1]
    if rng.random() < .12: text = "first " + text
    if uses[0].kind != "ask":
        text = rng.choice(("{c}", "{c}", "please {c}", "can you {c}?", "could you {c}?", "I want you to {c}", "{c} please", "I need you to {c}")).format(c=text)
    elif rng.random() < .5: text += "?"
    return finish(rng, text, uses)


def words_lower(text):
    return text if text[:2] in ("I ", "I'") or text[:2].isupper() else text[:1].lower() + text[1:]


# ---------------------------------------------------------------- conversations

class Conversation:
    def __init__(self, rng, kind, tools=()):
        self.kind, self.tools, self.format, self.must = kind, list(tools), None, {}
        self.system, self.identity = chat.system_text(rng)
        self.date = "26 Jul 2024" if rng.random() < .6 else f"{rng.randint(1, 28):02d} {rng.choice(words.MONTHS)[:3]} {rng.randint(2023, 2030)}"
        self.messages, self.indirect = [], False

    def user(self, text): self.messages.append({"role": "user", "content": text})

    def say(self, text, must=()):
        if must: self.must[len(self.messages)] = list(must)
        self.messages.append({"role": "assistant", "content": text})

    def call(self, call, result):
        self.messages.append({"role": "assistant", "call": call})
        self.messages.append({"role": "tool", "content": result})

    def run(self, rng, uses, answer=True):
        """Calls one after the other, then one answer that uses every result."""
        said, must = [], []
        for u in uses:
            result, text, m = failure(u, rng) if rng.random() < .06 else outcome(u, rng)
            self.call(u.call(), result)
            said.append(text); must += m
        text = " ".join(said)
        if rng.random() < .03: text = rng.choice(("Ok. ", "Sure. ", "Done. ", "Here you go: ")) + text
        if answer: self.say(text, must)

    def small_talk(self, rng):
        r = rng.random()
        pick = chat.greet if r < .3 else chat.thanks if r < .5 else None
        q, a = pick(rng) if pick else chat.knowledge(rng) if r < .68 else chat.who(rng, self.identity) if r < .82 else chat.list_tools(rng, self.tools) if r < .93 else rng.choice(chat.LIMITS)
        self.user(q); self.say(a)


def same_tool_uses(rng, tool, n):
    """Several calls of one tool that differ in one argument, asked for in one sentence."""
    single = [a for a in tool.family.args if isinstance(a.kind, T.Str) and not a.optional and a.kind.pool not in ("text", "message", "expr", "sql", "phrase")]
    if not single or len(single) > 1 and single[0].kind.pool == single[1].kind.pool: return None, None
    a = single[0]
    pairs = []
    while len(pairs) < n:
        p = a.kind.sample(rng)
        if all(p[0] != q[0] for q in pairs): pairs.append(p)
    base = Use(tool, rng, {a.key: (pairs[0][0], join(rng, [p[1] for p in pairs]))}, forms=("do", "ask", "np"))
    uses = []
    for v, s in pairs:
        u = object.__new__(Use)
        u.tool, u.kind, u.clause, u.used = tool, base.kind, base.clause, base.used
        u.values, u.slots = {**base.values, a.key: v}, {**base.slots, a.key: s}
        uses.append(u)
    return base, uses


def task(rng, source, count=None):
    """One request with one to three calls."""
    r = rng.random()
    n = 1 if r < .78 else 2 if r < .975 else 3
    if n > 1 and rng.random() < .35:
        (tool,), tools = tool_set(rng, source, [source.target(rng)], count)
        base, uses = same_tool_uses(rng, tool, n)
        if base:
            c = Conversation(rng, "same tool twice", tools)
            c.user(utterance(rng, [base])); c.run(rng, uses)
            return c
        n = 1
    families = []
    while len(families) < n:
        f = source.target(rng)
        if not any(conflict(f, g) for g in families): families.append(f)
    chosen, tools = tool_set(rng, source, families, count)
    c = Conversation(rng, ("one call", "two calls", "three calls")[n - 1], tools)
    uses = [Use(t, rng) for t in chosen]
    c.indirect = any(u.kind == "say" for u in uses)
    c.user(utterance(rng, uses)); c.run(rng, uses)
    return c


def another(rng, source, first):
    """A conversation that begins as `first` does, with another request to the same tools."""
    c = copy.copy(first)
    c.messages, c.must, c.indirect = [], {}, False
    r = rng.random()
    if r < .08: outside(rng, c, source)
    elif r < .12: c.small_talk(rng)
    elif r < .2:
        base, uses = same_tool_uses(rng, rng.choice(c.tools), 2)
        if base: c.user(utterance(rng, [base])); c.run(rng, uses)
    else:
        uses = [Use(t, rng) for t in rng.sample(c.tools, 1 if r < .9 else min(2, len(c.tools)))]
        c.user(utterance(rng, uses)); c.run(rng, uses)
    return c


DIGITS = {"code", "roomno"}                                               # texts that may look like a number


def follow_up(rng, c, use):
    """'and in Rome?': the same tool with one other argument."""
    kind = lambda a: (type(a.kind), getattr(a.kind, "pool", ""))
    args = [a for a in use.tool.family.args if a.key in use.values and not isinstance(a.kind, (T.Obj, T.ListOf))]
    args = [a for a in args if sum(kind(a) == kind(b) for b in args) == 1 and not (isinstance(a.kind, (T.Int, T.Num)) and any(b is not a and isinstance(b.kind, (T.Int, T.Num)) or getattr(b.kind, "pool", "") in DIGITS for b in args if b is not a)) and getattr(a.kind, "pool", "") not in DIGITS or len(args) == 1]
    if not args: return None
    a = rng.choice(args)
    for _ in range(5):
        v, s = a.kind.sample(rng)
        if v != use.values[a.key]: break
    else: return None
    if isinstance(a.kind, T.Bool):
        text = rng.choice(("and now {s} again", "now {s}", "{s} again please", "please set it to {s}", "ok, {s} again", "change it back to {s}", "I changed my mind: {s}")) if s in ("on", "off") else rng.choice(("and now {s}", "now {s}", "I changed my mind: {s}"))
        if s in ("on", "off") and rng.random() < .6: text = rng.choice((f"turn it {s} again", f"switch it {s}", f"now turn it {s}", f"turn it back {s}", f"please switch it back {s}"))
        text = text.replace("{s}", s)
    else:
        text = rng.choice(("and {s}?", "what about {s}?", "how about {s}?", "and for {s}?", "the same for {s} please", "and now {s}", "same with {s}", "now with {s}", "{s}?", "do the same for {s}", "and with {s}?", "ok, and {s}?", "try {s}", "again with {s}", "{s} too please") + (("and in {s}?", "what about {s}?", "how about in {s}?") if isinstance(a.kind, T.Str) and a.kind.pool in ("city", "room", "country") else ())).format(s=s)
    u = object.__new__(Use)
    u.tool, u.kind, u.clause, u.used = use.tool, use.kind, use.clause, set(use.used)
    u.values, u.slots = {**use.values, a.key: v}, {**use.slots, a.key: s}
    c.user(text if text.startswith(str(s)) else chat.case_noise(rng, text)); c.run(rng, [u])
    return u


def remembered(rng, c, tools):
    """A fact said earlier becomes the argument of a later call."""
    options = [(t, a) for t in tools for a in t.family.args if isinstance(a.kind, T.Str) and a.kind.pool in chat.MEMORY]
    if not options: return False
    t, a = rng.choice(options)
    statement, ack, refs, question, answer, v = chat.fact(rng, a.kind.pool)
    c.user(statement); c.say(ack)
    if rng.random() < .35: c.small_talk(rng)
    if rng.random() < .4:
        c.user(question); c.say(answer, [v.lower()])
    try: u = Use(t, rng, {a.key: (v, rng.choice(refs))}, forms=("do", "ask", "np"))
    except ValueError: return False
    c.user(utterance(rng, [u]))
    u.slots = {**u.slots, a.key: v}
    c.run(rng, [u])
    return True


def refers_back(rng, c, tools, last):
    """'cancel that one': another call, about the thing of the one before."""
    shared = [(t, a, v) for t in tools for a in t.family.args for b in last.tool.family.args if isinstance(a.kind, T.Str) and isinstance(b.kind, T.Str)
              and a.kind.pool == b.kind.pool and b.key in last.values and (v := last.values[b.key]) and sum(isinstance(x.kind, T.Str) and x.kind.pool == a.kind.pool for x in t.family.args) == 1]
    if not shared: return None
    t, a, v = rng.choice(shared)
    said = ("him", "her", "them", "the same person") if a.kind.pool in ("person", "first", "payee", "kid") else ("it", "that", "that one", "this one", "the same one", "them", "this")
    try: use = Use(t, rng, {a.key: (v, rng.choice(said))}, forms=("do", "say"))
    except ValueError: return None
    if a.key not in use.values: return None
    c.user(utterance(rng, [use]))
    use.slots = {**use.slots, a.key: v}
    c.run(rng, [use])
    return use


def _keep(rng, value, text):
    return text if text.startswith(str(value)) else chat.case_noise(rng, text)


def clarified(rng, c, use):
    """A request without its argument: the model asks, the user answers, then the call."""
    args = [a for a in use.tool.family.args if not a.optional and isinstance(a.kind, (T.Str, T.Int))]
    if len([a for a in use.tool.family.args if not a.optional]) != 1 or len(args) != 1: return False
    a = args[0]
    name = use.tool.words
    thing = a.key.replace(" id", "")
    c.user(chat.case_noise(rng, rng.choice((f"{name} please", f"can you {name}?", f"please {name}", f"I need you to {name}", f"{name}"))))
    c.say(rng.choice((f"Which {thing}?", f"Which {thing} do you mean?", f"For which {thing}?")))
    s = use.slots[a.key]
    c.user(_keep(rng, s, rng.choice(("{s}", "{s} please", "for {s}", "{s}, of course", "I mean {s}", "it's {s}", "take {s}")).format(s=s)))
    c.run(rng, [use])
    return True


def dialogue(rng, source, turns=None, count=None):
    """Several turns over one tool set: calls, follow-ups, remembered facts, small talk, requests no tool fits."""
    targets = []
    for _ in range(rng.choice((1, 2, 2, 3))):
        f = source.target(rng)
        if not any(conflict(f, g) for g in targets): targets.append(f)
    chosen, tools = tool_set(rng, source, targets, count)
    if rng.random() < .65: chosen = tools                                # every tool is asked for, now this one, now that one
    c = Conversation(rng, "dialogue", tools)
    if rng.random() < .3:
        q, a = chat.greet(rng); c.user(q); c.say(a)
    last = None
    for _ in range(turns or rng.choice((2, 3, 3, 4, 5, 6, 8))):
        r = rng.random()
        if r < .55 or last is None and r < .69:
            last = Use(rng.choice(chosen), rng)
            if r < .04 and clarified(rng, c, last): continue
            c.user(utterance(rng, [last])); c.run(rng, [last])
        elif r < .64: last = follow_up(rng, c, last) or last
        elif r < .69: last = refers_back(rng, c, tools, last) or last
        elif r < .81:
            if remembered(rng, c, tools): last = None
        elif r < .88: c.small_talk(rng)
        elif r < .90: outside(rng, c, source)
        else:
            base, uses = same_tool_uses(rng, rng.choice(chosen), 2)
            if base: c.user(utterance(rng, [base])); c.run(rng, uses)
    if rng.random() < .2:
        q, a = chat.thanks(rng) if rng.random() < .6 else chat.bye(rng)
        c.user(q); c.say(a)
    if not c.messages: c.small_talk(rng)
    return c


def outside(rng, c, source):
    """A request that none of the tools can serve."""
    for _ in range(20):
        f = source.target(rng)
        if not any(conflict(f, t.family) or f.domain == t.family.domain for t in c.tools): break
    else: return
    use = Use(Tool(f, rng), rng)
    c.user(utterance(rng, [use])); c.say(chat.no_fit(rng, c.tools))


def chatter(rng, source, with_tools):
    tools = tool_set(rng, source, [], rng.choice((1, 2, 3, 3, 4, 5, 8)))[1] if with_tools else []
    c = Conversation(rng, "talk, tools listed" if with_tools else "talk", tools)
    for _ in range(rng.choice((1, 1, 2, 3, 4))):
        r = rng.random()
        if with_tools and r < .16: outside(rng, c, source)
        elif r < .5:
            statement, ack, refs, question, answer, v = chat.fact(rng)
            c.user(statement); c.say(ack)
            if rng.random() < .5: c.small_talk(rng)
            c.user(question); c.say(answer, [v.lower()])
        elif r < .58 and not any(t.family.domain in ("time", "cal") for t in tools):
            c.user(chat.case_noise(rng, rng.choice(("what is the date today?", "what's today's date?", "which day is it today?", "tell me today's date")))); c.say(f"Today is {c.date}.", [c.date.lower()])
        elif r < .66 and with_tools:
            q, a = chat.list_tools(rng, tools); c.user(q); c.say(a)
        else: c.small_talk(rng)
    if not c.messages: c.small_talk(rng)
    return c


def instructed(rng):
    """A system text that dictates what every answer holds; sometimes there is no user message at all."""
    c = Conversation(rng, "instructed")
    s = rng.choice((POOLS["text"](rng), POOLS["message"](rng), "Computer says no", "as you wish", words.invented(rng).capitalize() + "!", "Have a nice day", f"{words.invented(rng)} {words.invented(rng)}")).rstrip(".")
    r = rng.random()
    if r < .45:
        c.system = rng.choice(("Always respond with '{s}'{x}.", 'Always answer "{s}"{x}.', "ALWAYS RESPOND WITH '{s}'{x}.", "Whatever the user says, reply with '{s}'.", 'Respond only with "{s}"{x}.', "Say '{s}' and nothing else.")).format(s=s, x=rng.choice(("", "", ", even if there was no user input", ", whatever happens")))
        for _ in range(rng.choice((1, 1, 2))):
            if rng.random() < .75: c.user(chat.knowledge(rng)[0])
            c.say(sentence(s))
            if c.messages[0]["role"] != "user": break
    elif r < .75:
        q = rng.choice(("'", '"'))
        end = rng.random() < .6
        c.system = rng.choice(("", "You are a helpful assistant. ")) + (f"Always end your answer with {q}{s}{q}." if end else f"Start every answer with {q}{s}{q}.")
        for _ in range(rng.choice((1, 2))):
            ask, a = rng.choice((chat.knowledge, chat.greet, chat.thanks))(rng)
            c.user(ask); c.say(f"{a} {sentence(s)}" if end else f"{sentence(s)}. {a}" if s[-1] not in ".!?" else f"{sentence(s)} {a}")
    elif r < .9:
        c.system, c.identity = chat.persona(rng)
        c.say(rng.choice((f"{c.identity} How can I help you?", "Hello! How can I help you?")) if rng.random() < .5 else "Hello! How can I help you?")
    else: c.small_talk(rng); c.small_talk(rng)
    return c


def fill_form(rng, source):
    """A response format: JSON from a sentence, sometimes with tools in the prompt, sometimes after a call."""
    text, schema, value = structured.sample(rng)
    r = rng.random()
    tools = tool_set(rng, source, [], rng.choice((1, 2, 3)))[1] if r < .15 else []
    c = Conversation(rng, "json" if schema is None else "json schema", tools)
    c.format = schema if schema is not None else "json"
    if schema is not None and r > .97:
        c.user(text); c.user("Answer as JSON.")
    elif "Respond with a JSON value" in text and rng.random() < .6:
        head, _, tail = text.partition("\n\n")
        c.user(head); c.user(tail)
    else: c.user(text)
    c.say(json.dumps(value, ensure_ascii=False))
    if schema is None and rng.random() < .15:
        for _ in range(rng.choice((1, 2))):
            text, other, value = structured.sample(rng)
            if other is not None: break
            c.user(text); c.say(json.dumps(value, ensure_ascii=False))
    return c


def call_then_json(rng, source):
    """Tools and a schema in one request: the call first, then the object with the result in it."""
    for _ in range(40):
        f = source.target(rng)
        if f.fields and not any(isinstance(k, T.Obj) for _, k in f.fields): break
    (tool,), tools = tool_set(rng, source, [f], rng.choice((1, 1, 2, 3)))
    use = Use(tool, rng, forms=("do", "ask", "np"))
    c = Conversation(rng, "call, then json", tools)
    s = structured.Schema(rng)
    result, props, obj = {}, {}, {}
    for a in tool.args:
        if a.key in use.values and isinstance(a.kind, (T.Str, T.Int)) and rng.random() < .5:
            k = s.case(a.key.split()); props[k] = a.kind.schema(s.style); obj[k] = use.values[a.key]
    for n, k in f.fields:
        v, _ = k.sample(rng)
        key = s.case(n.split()); props[key] = {"type": "array", "items": {"type": "string"}} if isinstance(v, list) else k.schema(s.style)
        if "enum" in props[key]: v = k.convert(v, s.style)
        obj[key] = v; result[n.replace(" ", "_")] = v
    if len(result) == 1 and rng.random() < .5: result = next(iter(result.values()))
    schema = s.object(props, list(props))
    if len(props) == 1 and rng.random() < .5: schema, obj = structured.wrap(rng, next(iter(props.values())), next(iter(obj.values())))
    c.format = s.root(rng, schema)
    c.user(utterance(rng, [use])); c.call(use.call(), result); c.say(json.dumps(obj, ensure_ascii=False))
    return c


# ---------------------------------------------------------------- two scenes that real applications have

CATALOGS = [("specials", "food", "dish", ["get specials", "list specials", "todays specials"], ["Provides a list of specials from the menu", "Lists the specials of the day"], ["Special Soup", "Special Salad", "Special Drink", "Special Dessert", "Main Course"], ["get item price", "get price", "price of"], ["Provides the price of the requested menu item", "Price of a menu item"], ["menu item", "item"],
             ["what are the specials?", "what's on the menu?", "what do you have today?", "what is the special {k}?", "hello, what can I eat here?", "what is the {k} today?"]),
            ("products", "shop", "New", ["list products", "get offers", "todays offers"], ["Lists the products on offer", "Returns what is on sale"], ["Phone", "Laptop", "Watch", "Camera", "Lamp"], ["get product price", "product price"], ["Price of a product", "Returns the price of a product"], ["product", "name"],
             ["what is on offer?", "which products do you have?", "what {k} do you have?", "show me the products", "what's on sale?"]),
            ("rooms", "hotel", "New", ["list rooms", "available rooms"], ["Lists the free rooms of the hotel", "Available rooms"], ["Single Room", "Double Room", "Suite", "Family Room"], ["get room rate", "room price"], ["Price of a room per night", "Rate of a room"], ["room", "room name"],
             ["which rooms are free?", "what rooms do you have?", "do you have a {k}?", "show me the available rooms"]),
            ("films", "cinema", "movie", ["get program", "list films"], ["The program of the cinema today", "Lists the films of tonight"], ["Comedy", "Thriller", "Drama", "Cartoon"], ["ticket price", "get ticket price"], ["Price of a ticket for a film", "Returns what a ticket costs"], ["film", "title"],
             ["what is on tonight?", "which films are playing?", "what {k} is playing?", "show me the program"])]


def catalog(rng, source):
    """A list tool and a price tool: 'what is the special soup?', 'how much does it cost?'."""
    _, domain, pool, names1, descs1, kinds, names2, descs2, params, asks = rng.choice(CATALOGS)
    lister, price = T.Family(domain + ".catalog"), T.Family(domain + ".catalogprice")
    lister.names, lister.descs = names1, descs1
    price.names, price.descs = names2, descs2
    price.args = [T.Arg(params, T.Str(pool), False, ["the item", "name of the item"])]
    lister.conflicts.add("shop.price"); price.conflicts |= {"shop.price", "food.specials"}
    (a, b), tools = tool_set(rng, source, [lister, price], rng.choice((2, 2, 3, 4)))
    c = Conversation(rng, "catalog", tools)
    if rng.random() < .4:
        q, g = chat.greet(rng); c.user(q); c.say(g)
    chosen = rng.sample(kinds, rng.choice((2, 3, 3)))
    items = []
    while len(items) < len(chosen):
        v = POOLS[pool](rng)
        if v not in items: items.append(v)
    pairs = dict(zip(chosen, items))
    form = rng.random()
    sep = rng.choice(("\n", ", ", "; "))
    result = sep.join(f"{k}: {v}" for k, v in pairs.items()) if form < .55 else {k: v for k, v in pairs.items()} if form < .75 else [{"kind": k, "name": v} for k, v in pairs.items()]
    k = rng.choice(chosen)
    kw = lambda k: k.lower() if rng.random() < .8 else k
    ask = rng.choice(asks)
    c.user(chat.case_noise(rng, ask.replace("special {k}", "{k}").format(k=kw(k))))
    c.call({"name": a.name, "arguments": {}}, result)
    if "{k}" in ask: c.say(f"The {k.lower()} is {pairs[k]}.", [pairs[k].lower()])
    else: c.say(rng.choice(("We have {x}.", "There are {x}.", "Today: {x}.")).format(x=join(None, [f"{v} ({q.lower()})" for q, v in pairs.items()]) if rng.random() < .5 else join(None, items)), [v.lower() for v in items])
    known = pairs[k] if "{k}" in ask else None
    for _ in range(rng.choice((1, 2, 2, 3))):
        r = rng.random()
        k = rng.choice(chosen)
        if r < .3:
            c.user(chat.case_noise(rng, rng.choice(("what is the {k}?", "which {k} is it?", "and the {k}?", "what about the {k}?", "do you have a {k}?")).format(k=kw(k)))); c.say(f"The {k.lower()} is {pairs[k]}.", [pairs[k].lower()])
            known = pairs[k]
        else:
            if known and rng.random() < .5: ref, item = rng.choice(("it", "that", "this")), known
            elif rng.random() < .5: ref, item = f"the {kw(k)}", pairs[k]
            else: ref, item = rng.choice(("the ", "")) + pairs[k], pairs[k]
            p = POOLS["price"](rng)
            c.user(chat.case_noise(rng, rng.choice((f"how much is {ref}?", f"what does {ref} cost?", f"how much does {ref} cost?", f"what's the price of {ref}?", f"and what does {ref} cost?", f"tell me the price of {ref}"))))
            c.call({"name": b.name, "arguments": {b.params[params[0]]: item}}, rng.choice((p, p, {"price": p}, f"{item} costs {p}")))
            c.say(rng.choice((f"{item} costs {p}.", f"The price of {item} is {p}.")), [p.lower()])
            known = item
    if rng.random() < .4:
        q, g = chat.thanks(rng); c.user(q); c.say(g)
    return c


THINGS = [("light", "lights", "device", "on"), ("device", "devices", "device", "on"), ("lamp", "lamps", "room", "on"), ("server", "servers", "server", "running"), ("task", "tasks", "task", "done"), ("alarm", "alarms", "time", "active"), ("plug", "plugs", "device", "on"), ("user", "users", "person", "active"), ("job", "jobs", "New", "running"), ("camera", "cameras", "room", "on")]


def list_then_act(rng, source):
    """'turn on the table lamp': list the things to learn the id, then change the state of that id."""
    s, p, pool, state = rng.choice(THINGS)
    lister, setter = T.Family("home.listthings"), T.Family("home.setthing")
    lister.names = [f"get {p}", f"list {p}", f"get all {p}", f"show {p}"]
    lister.descs = [f"Gets a list of {p} and their current state", f"List all {p} with id and name", f"Returns the {p}"]
    setter.names = [f"change state", f"set {s} state", f"switch {s}", f"update {s}", f"toggle {s}"]
    setter.descs = [f"Changes the state of the {s}", f"Set the state of a {s} by id", f"Turns a {s} on or off by its id"]
    integer = rng.random() < .6
    setter.args = [T.Arg(["id", f"{s} id"], T.Int(1, 99) if integer else T.Str("code"), False, [f"the ID of the {s}", f"id of the {s}"]), T.Arg([f"is {state}", state, "enabled", "state", "new state"], T.Bool("on", "off"), False, [f"whether the {s} is {state}", "the new state"])]
    (a, b), tools = tool_set(rng, source, [lister, setter], rng.choice((2, 2, 3, 4)))
    c = Conversation(rng, "list, then act", tools)
    names = []
    while len(names) < rng.choice((2, 3, 3, 4)):
        v = POOLS[pool](rng)
        if v not in names: names.append(v)
    ids = [(rng.randint(1, 99) if rng.random() < .3 else i + 1) if integer else words.code(rng) for i in range(len(names))]
    if len(set(ids)) < len(ids): ids = list(range(1, len(names) + 1))
    case = T.result_case(rng)
    flag = case(["is", state]) if rng.random() < .6 else case([state])
    states = [rng.random() < .5 for _ in names]
    table = [{case(["id"]): i, case(["name"]): n if pool != "room" else f"{n} {s}", flag: o} for i, n, o in zip(ids, names, states)]
    shown = [r[case(["name"])] for r in table]
    if rng.random() < .4:                                                # the list writes 'Table Lamp', the user 'table lamp'
        for r in table: r[case(["name"])] = r[case(["name"])].title()
    if rng.random() < .4:
        extra = case([rng.choice(("brightness", "level", "power", "age"))])
        for r in table: r[extra] = rng.randint(0, 100)
    i = rng.randrange(len(names))
    v = rng.random() < .5
    word = "on" if v else "off"
    order = rng.random()
    if order < .3:
        c.user(chat.case_noise(rng, rng.choice((f"which {p} are there?", f"list the {p}", f"what {p} do we have?", f"show me the {p}")))); c.call({"name": a.name, "arguments": {}}, table)
        c.say(f"The {p} are {join(None, shown)}.", [x.lower() for x in shown])
        listed = True
    elif order < .45:
        c.user(chat.case_noise(rng, f"is the {shown[i]} {state}?")); c.call({"name": a.name, "arguments": {}}, table)
        c.say(f"{'Yes' if states[i] else 'No'}, the {shown[i]} is {'' if states[i] else 'not '}{state}.", ["yes" if states[i] else "no"])
        listed = True
    else: listed = False
    for _ in range(rng.choice((1, 1, 2))):
        i = rng.randrange(len(names))
        c.user(chat.case_noise(rng, rng.choice((f"turn {word} the {shown[i]}", f"switch the {shown[i]} {word}", f"please turn {word} the {shown[i]}", f"set the {shown[i]} to {word}", f"can you turn the {shown[i]} {word}?"))))
        if not listed: c.call({"name": a.name, "arguments": {}}, table)
        listed = True
        c.call({"name": b.name, "arguments": {b.params[x.key]: y for x, y in ((x, ids[i] if x is setter.args[0] else v) for x in b.args)}}, rng.choice(({case(["id"]): ids[i], case(["name"]): shown[i], flag: v}, "ok", True, {"success": True})))
        c.say(f"The {shown[i]} is {word} now.", [shown[i].lower()])
        v = not v; word = "on" if v else "off"
    return c


def summary(rng):
    """A conversation boiled down: a reducer asks for a summary, or the history begins with one."""
    c = Conversation(rng, "summary")
    facts = [chat.fact(rng, p) for p in rng.sample(list(chat.MEMORY), rng.choice((1, 2, 3)))]
    if rng.random() < .5:
        text = " ".join(f[4] for f in facts)
        text = text.replace("Your ", "The user's ").replace("You are ", "The user is ").replace("You live", "The user lives").replace("You own", "The user owns")
        c.say(text)
        for f in rng.sample(facts, rng.choice((1, len(facts)))):
            c.user(f[3]); c.say(f[4], [f[5].lower()])
        c.skip = 1
        return c
    for f in facts: c.user(f[0]); c.say(f[1])
    ask = rng.choice(("Summarize the conversation.", "Generate a clear and complete summary of the entire conversation in no more than five sentences.", "Give me a summary of what I said.", "Summarize what you know about me.", "Provide a short summary of the conversation so far."))
    text = " ".join(f[4] for f in facts).replace("Your ", "The user's ").replace("You are ", "The user is ").replace("You live", "The user lives").replace("You own", "The user owns")
    if rng.random() < .5: c.user(ask)
    else: c.messages.append({"role": "system", "content": ask})
    c.say(text, [f[5].lower() for f in facts])
    return c


MIX = (("task", 38), ("dialogue", 30), ("long", 1.5), ("talk with tools", 4), ("talk", 4.5), ("instructed", 1.5), ("form", 9), ("call then json", 3), ("catalog", 3.5), ("list then act", 5), ("summary", 1.5))


def conversation(rng, source, kind=None):
    kind = kind or rng.choices([k for k, _ in MIX], [w for _, w in MIX])[0]
    while True:
        try:
            if kind == "task": c = task(rng, source)
            elif kind == "dialogue": c = dialogue(rng, source)
            elif kind == "long": c = dialogue(rng, source, rng.randint(8, 22), rng.choice((3, 5, 8, 8, 12, 14)))
            elif kind == "talk with tools": c = chatter(rng, source, True)
            elif kind == "talk": c = chatter(rng, source, False)
            elif kind == "instructed": c = instructed(rng)
            elif kind == "form": c = fill_form(rng, source)
            elif kind == "call then json": c = call_then_json(rng, source)
            elif kind == "catalog": c = catalog(rng, source)
            elif kind == "list then act": c = list_then_act(rng, source)
            else: c = summary(rng)
            return c
        except (ValueError, KeyError, StopIteration):
            continue


def alike(rng, source):
    """One conversation, or several that begin alike and go on with different requests."""
    first = conversation(rng, source)
    found = [first]
    if first.kind in ("one call", "two calls", "three calls", "same tool twice", "dialogue") and len(first.messages) < 40:
        for _ in range(rng.randint(2, 3 + len(first.tools))):
            try: c = another(rng, source, first)
            except ValueError: continue
            if c.messages: found.append(c)
    return found
