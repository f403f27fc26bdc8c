"""Tools composed from a verb and a noun, real or invented: thousands of tools that no list could hold.

The nouns that are held out never occur in training; invented ones are new every time.
"""
import copy

import synonyms
import unlisted
import vocabulary
import words
from tools import Arg, Family, parse_kind

# noun|plural|domain|how a user refers to one (pool)|attributes name:kind ...
NOUNS = """
order|orders|sales|code|amount:num(1,900) customer:person
invoice|invoices|billing|code|amount:num(1,900) due date:date customer:company
subscription|subscriptions|billing|code|plan:enum(basic,premium,family) price:num(1,90)
project|projects|work|New|owner:person deadline:date budget:num(100,9000)
playlist|playlists|media|New|length:int(1,90) genre:genre
folder|folders|files|folder|color:color size:int(1,900)
employee|employees|people|person|salary:int(900,9000) role:job
customer|customers|people|person|city:city phone:phone
machine|machines|plant|code|speed:int(1,900) temperature:num(5,95)
tank|tanks|plant|int|level:num(0,100) pressure:num(1,20)
camera|cameras|security|room|angle:int(0,180) resolution:enum(low,medium,high)
door|doors|security|room|code:code state:enum(open,closed,locked)
meeting|meetings|office|title|time:time room:New attendees:int(2,30)
campaign|campaigns|marketing|New|budget:num(100,9000) audience:enum(students,parents,everyone)
coupon|coupons|sales|code|discount:int(5,70) expiry date:isodate
reservation|reservations|travel|code|guests:int(1,12) date:date
vehicle|vehicles|fleet|code|mileage:int(10,99000) driver:person
truck|trucks|fleet|code|load:num(1,40) destination:city
shipment|shipments|logistics|code|weight:num(1,90) destination:city
warehouse|warehouses|logistics|city|capacity:int(10,9000) manager:person
product|products|catalog|New|price:num(1,900) stock:int(0,500)
article|articles|news|title|author:person length:int(100,3000)
patient|patients|clinic|person|age:int(1,99) doctor:person
prescription|prescriptions|clinic|code|dose:num(1,500) patient:person
course|courses|school|New|teacher:person start date:date
student|students|school|person|grade:int(1,12) class:code
lesson|lessons|school|title|duration:int(10,120) teacher:person
report|reports|work|New|author:person format:enum(pdf,html,csv)
contract|contracts|legal|code|value:num(100,9000) partner:company
loan|loans|bank|code|amount:num(100,9000) rate:num(1,15)
card|cards|bank|code|limit:int(100,9000) owner:person
policy|policies|insurance|code|premium:num(10,900) holder:person
claim|claims|insurance|code|amount:num(10,9000) reason:phrase
pipeline|pipelines|build|New|branch:branch timeout:int(1,120)
build|builds|build|int|duration:int(1,90) branch:branch
container|containers|cluster|server|memory:int(1,64) image:new
cluster|clusters|cluster|server|size:int(1,40) region:enum(north,south,east,west)
volume|volumes|cluster|server|size:int(1,900) owner:first
queue|queues|cluster|new|length:int(0,900) limit:int(10,900)
database|databases|data|server|size:int(1,900) owner:first
record|records|data|int|value:num(0,900) label:new
dataset|datasets|data|new|rows:int(10,90000) source:url
dashboard|dashboards|data|New|owner:first refresh interval:int(1,60)
alert|alerts|ops|code|threshold:num(1,100) severity:enum(low,high,critical)
incident|incidents|ops|code|severity:enum(low,high,critical) owner:first
certificate|certificates|ops|new|expiry date:isodate owner:first
user account|user accounts|identity|email|role:enum(admin,editor,viewer) quota:int(1,100)
group|groups|identity|New|size:int(2,90) owner:person
channel|channels|chat|new|topic:topic members:int(2,900)
poll|polls|chat|title|votes:int(0,900) end date:date
survey|surveys|chat|title|questions:int(2,40) deadline:date
library card|library cards|library|code|owner:person expiry date:isodate
recipe|recipes|kitchen|dish|portions:int(1,12) minutes:int(5,180)
oven|ovens|kitchen|room|temperature:int(50,280) minutes:int(5,180)
window|windows|house|room|position:int(0,100) state:enum(open,closed)
curtain|curtains|house|room|position:int(0,100) color:color
radiator|radiators|house|room|level:int(0,5) temperature:num(5,30)
speaker|speakers|house|room|volume:int(0,100) station:New
television|televisions|house|room|channel:int(1,99) volume:int(0,100)
fan|fans|house|room|speed:int(0,10) mode:enum(silent,normal,turbo)
pool|pools|house|New|temperature:num(10,35) depth:num(1,4)
greenhouse|greenhouses|garden|New|humidity:int(10,99) temperature:num(5,40)
sensor|sensors|iot|code|interval:int(1,900) value:num(0,900)
drone|drones|iot|code|altitude:int(1,120) battery:int(0,100)
robot|robots|iot|code|speed:num(0.1,9) task:task
satellite|satellites|space|New|altitude:int(200,36000) orbit:code
telescope|telescopes|space|New|angle:num(0,90) target:New
concert|concerts|events|New|date:date price:num(5,200)
ticket|tickets|events|code|seat:code price:num(5,200)
tournament|tournaments|sport|New|players:int(2,64) date:date
player|players|sport|person|team:team number:int(1,99)
workout|workouts|fitness|exercise|minutes:int(5,120) calories:int(20,900)
habit|habits|fitness|new|days:int(1,90) goal:int(1,60)
flight|flights|travel|code|gate:code seats:int(1,300)
trip|trips|travel|New|budget:num(50,5000) destination:city
apartment|apartments|rental|street|rent:num(200,3000) size:int(20,200)
printer|printers|office|New|pages:int(0,900) toner:int(0,100)
desk|desks|office|code|height:int(60,130) user:person
locker|lockers|office|int|code:code user:person
parking space|parking spaces|office|code|user:person price:num(1,90)
gift card|gift cards|sales|code|balance:num(5,200) recipient:person
review|reviews|sales|int|stars:int(1,5) text:text
charger|chargers|energy|code|power:num(3,50) price:num(0,2)
battery|batteries|energy|code|charge:int(0,100) capacity:int(5,200)
solar panel|solar panels|energy|int|output:num(0,900) angle:int(0,90)
meter|meters|energy|code|reading:num(0,9000) tariff:new
pump|pumps|plant|code|speed:int(10,5000) pressure:num(1,20)
animal|animals|farm|pet|weight:num(1,900) age:int(1,30)
field|fields|farm|New|area:num(1,90) crop:plant
painting|paintings|museum|New|year:int(1400,2020) artist:artist
statue|statues|museum|New|height:num(1,9) artist:artist
ship|ships|harbor|New|speed:int(1,40) captain:person
bridge|bridges|city|New|length:int(10,3000) year:int(1800,2024)
bus line|bus lines|city|int|stops:int(4,60) interval:int(3,60)
street light|street lights|city|street|brightness:int(0,100) mode:enum(auto,manual)
plugin|plugins|system|new|version:version author:first
backup|backups|system|code|size:int(1,900) date:isodate
firewall rule|firewall rules|system|int|port:int(1,9999) action:enum(allow,deny)
"""
HELD_NOUNS = {"subscription", "camera", "patient", "dashboard", "radiator", "apartment", "drone", "loan", "playlist", "ticket", "robot", "review", "channel", "desk"}

# act on one thing:  name words | phrases of the request, @ is the thing | past participle
ACTS = """
cancel|cancel @;call off @;withdraw @;drop @|cancelled
delete|delete @;remove @;erase @;get rid of @|deleted
close|close @;shut @|closed
open|open @;open up @|opened
approve|approve @;give the green light to @;accept @|approved
reject|reject @;turn down @;decline @;refuse @|rejected
archive|archive @;put @ into the archive|archived
restore|restore @;bring back @;recover @|restored
activate|activate @;enable @;switch on @;turn on @|activated
deactivate|deactivate @;disable @;switch off @;turn off @|deactivated
pause|pause @;put @ on hold;suspend @|paused
resume|resume @;continue @;carry on with @|resumed
start|start @;launch @;kick off @;begin @|started
stop|stop @;halt @;end @|stopped
restart|restart @;reboot @;start @ again|restarted
reset|reset @;set @ back to its defaults|reset
lock|lock @;secure @|locked
unlock|unlock @;release the lock of @|unlocked
publish|publish @;make @ public;put @ online|published
duplicate|duplicate @;copy @;make a copy of @;clone @|duplicated
refresh|refresh @;reload @;update @ with the latest data|refreshed
test|test @;try out @;run a test on @|tested
export|export @;save @ to a file;download @|exported
confirm|confirm @;say yes to @|confirmed
print|print @;put @ on paper|printed
inspect|inspect @;examine @;take a close look at @;have a look at @|inspected
clean|clean @;tidy @;wash @|cleaned
repair|repair @;fix @;mend @|repaired
calibrate|calibrate @;adjust @ precisely|calibrated
renew|renew @;extend @|renewed
mute|mute @;silence @|muted
highlight|highlight @;mark @|highlighted
validate|validate @;verify @;check that @ is valid|validated
block|block @;ban @|blocked
hide|hide @;make @ invisible|hidden
show|show @;display @;let me see @|shown
sell|sell @;find a buyer for @|sold
buy|buy @;purchase @;get @|bought
rent|rent @;hire @|rented
reserve|reserve @;book @;keep @ for me|reserved
return|return @;give @ back;bring @ back|returned
pay|pay @;settle @;pay for @|paid
sign|sign @;put my name under @|signed
scan|scan @;make a scan of @|scanned
compress|compress @;make @ smaller;zip @|compressed
encrypt|encrypt @;protect @ with a key|encrypted
translate|translate @;put @ into another language|translated
summarize|summarize @;sum up @;give me the gist of @|summarized
review|review @;go through @;read @ carefully|reviewed
rate|rate @;give a mark to @|rated
follow|follow @;keep an eye on @;keep me posted on @|followed
ignore|ignore @;pay no attention to @|ignored
merge|merge @;combine @|merged
split|split @;divide @ into parts|split
invite|invite @;ask @ to come|invited
call|call @;ring @;phone @|called
feed|feed @;give @ something to eat|fed
water|water @;give @ water|watered
heat|heat @;warm @ up;make @ hot|heated
cool|cool @;cool @ down;make @ cold|cooled
fill|fill @;fill up @;top up @|filled
empty|empty @;pour out @|emptied
charge|charge @;plug @ in;give @ power|charged
track|track @;find out where @ is;locate @|tracked
ship|ship @;dispatch @;send out @|shipped
pack|pack @;wrap @;put @ in a box|packed
paint|paint @;give @ a new color|painted
measure|measure @;take the size of @|measured
weigh|weigh @;put @ on the scale|weighed
notify|notify @;tell @;inform @;let @ know|notified
remind|remind @;send a reminder to @|reminded
hire|hire @;employ @;give @ a job|hired
dismiss|dismiss @;fire @;let @ go|dismissed
"""
CONFLICT = [{"cancel", "delete", "close", "stop", "deactivate", "reject", "block", "archive", "pause", "lock"}, {"activate", "start", "open", "resume", "unlock", "restart", "restore", "reset", "refresh", "approve", "confirm", "publish", "renew"},
            {"test", "inspect", "validate", "status", "get"}, {"export", "print"}, {"repair", "clean", "calibrate", "reset", "restart", "refresh"}, {"review", "inspect", "test", "validate", "scan"}, {"show", "get", "open", "highlight"}, {"hide", "mute", "ignore", "archive"}, {"reserve", "rent", "buy", "hire", "confirm"}, {"track", "get", "status", "follow"}, {"notify", "call", "remind", "invite"},
            {"ship", "send", "pack", "export"}, {"dismiss", "delete", "reject", "cancel"}, {"summarize", "get", "review", "show"}, {"heat", "start", "activate"}, {"cool", "stop", "deactivate"}, {"fill", "charge", "water", "feed"}, {"translate", "rate"}, {"return", "cancel", "restore"}, {"list", "count", "search"}, {"create", "add"}]


def table(text):
    return [line.split("|") for line in text.strip().splitlines()]




def _attributes(text):
    """'due date:date amount:num(1,9)' -> [('due date', kind), …]; names may hold spaces."""
    out, name = [], ""
    for token in text.split():
        if ":" in token:
            n, k = token.split(":", 1)
            out.append(((name + " " + n).strip(), k))
            name = ""
        else: name = (name + " " + token).strip()
    return out


REAL = [(s, p, d, r, _attributes(a)) for s, p, d, r, a in table(NOUNS)]
MORE = [n for n in vocabulary.nouns() if n[0] not in {r[0] for r in REAL} | HELD_NOUNS]
HELD_MORE = {n[0] for n in MORE if n[5]}
TRAIN_NOUNS = [n for n in REAL if n[0] not in HELD_NOUNS] + [n[:5] for n in MORE if n[0] not in HELD_MORE]
TEST_NOUNS = [n for n in REAL if n[0] in HELD_NOUNS] + [n[:5] for n in MORE if n[0] in HELD_MORE]
REAL += [n[:5] for n in MORE]
ACT = [(v, f.split(";"), p) for v, f, p in table(ACTS)]
ATTRS = sorted({a for n in REAL for a in n[4]})


def noun(rng, held=False, real=.65):
    if rng.random() < real: return rng.choice(TEST_NOUNS if held else TRAIN_NOUNS)
    w = words.invented(rng)
    if rng.random() < .2: w = rng.choice(POOL_ADJ) + " " + w if rng.random() < .5 else w + " " + words.invented(rng, 1)
    attrs = rng.sample(ATTRS, 2)
    if rng.random() < .5: attrs[0] = (words.invented(rng), attrs[0][1])
    return w, w + "s", rng.choice(REAL)[2], rng.choice(("code", "int", "New", "code", "room", "person", "new", "server")), attrs


POOL_ADJ = "blue old small quick silent golden fresh secret public shared red main inner upper".split()
KINDS = ("act", "act", "act", "get", "list", "count", "search", "create", "set", "set", "assign", "share", "schedule", "move", "attribute", "attribute", "verb", "send", "check", "tag", "zero")


def _reference(rng, n):
    """The argument that names one thing, and how the request refers to it."""
    s, _, _, ref, _ = n
    code_like = ref in ("code", "int")
    names = [f"{s} id", "id", s, f"{s} number"] if code_like else [f"{s} name", "name", s]
    kind = parse_kind("int(1,999)" if ref == "int" else "str." + ref)
    descs = [f"the {s}", f"id of the {s}", f"which {s}"] if code_like else [f"the {s}", f"name of the {s}", f"which {s}"]
    a = Arg(names if rng.random() < .5 else names[2:] + names[:2], kind, False, descs)
    slot = "{" + a.key + "}"
    if ref in ("room",): thing = rng.choice((f"the {s} in the {slot}", f"the {slot} {s}", f"the {s} {slot}"))
    elif ref == "person": thing = rng.choice((f"the {s} {slot}", f"{s} {slot}"))
    elif code_like: thing = rng.choice((f"{s} {slot}", f"{s} {slot}", f"the {s} {slot}", f"{s} number {slot}", f"the {s} with the id {slot}", f"my {s} {slot}"))
    else: thing = rng.choice((f"the {s} {slot}", f"{s} {slot}", f"the {s} called {slot}", f"the {slot} {s}", f"my {s} {slot}", f'the {s} "{slot}"'))
    return a, thing


def family(rng, n=None, kind=None, held=False, real=.65):
    n = n or noun(rng, held, real)
    s, p, domain, ref, attrs = n
    attrs = rng.sample(attrs, 2)
    kind = kind or rng.choice(KINDS)
    f = Family(f"{domain}.{kind}.{s}")
    f.cores = {"do": [], "ask": [], "np": [], "say": []}
    a, thing = _reference(rng, n)
    art = "an" if s[0] in "aeiou" else "a"
    if kind == "act":
        v, forms, past = rng.choice(ACT)
        f.names = [f"{v} {s}"] * 3 + [f"{s} {v}"]
        f.descs = [f"{v.capitalize()} {art} {s}", f"{v.capitalize()} the given {s}", f"{v.capitalize()} {art} {s} by its {a.names[0].split()[-1]}"] + [x[:1].upper() + x[1:] for x in (forms[-1].replace("@", f"{art} {s}"),)]
        f.args = [a]
        f.cores["do"] = [x.replace("@", thing) for x in forms]
        f.cores["say"] = [f"{thing} should be {past}", f"I want {thing} {past}", f"{thing} needs to be {past}", f"please have {thing} {past}"]
        f.done = [f"{thing} is {past}.", f"I {past} {thing}." if v not in ("reset",) else f"{thing} is reset."]
        f.conflicts = {v + s}
        for c in CONFLICT:
            if v in c: f.conflicts |= {x + s for x in c}
    elif kind == "get":
        f.names = [f"get {s}", f"{s} details", f"show {s}", f"lookup {s}", f"{s} info", f"fetch {s}"]
        f.descs = [f"Get the details of {art} {s}", f"Look up {art} {s}", f"Show information about {art} {s}", f"Returns {art} {s}"]
        f.args = [a]
        f.cores["do"] = [f"show me {thing}", f"look up {thing}", f"pull up {thing}", f"get me {thing}", f"open the details of {thing}"]
        f.cores["np"] = [f"the details of {thing}", f"information about {thing}", f"everything about {thing}", f"details on {thing}"]
        f.cores["ask"] = [f"what do we know about {thing}", f"what can you tell me about {thing}", f"how does {thing} look"]
        f.fields = [(x, parse_kind(k)) for x, k in attrs]
        f.answers = [f"The {attrs[0][0]} is {{{attrs[0][0]}}} and the {attrs[1][0]} is {{{attrs[1][0]}}}.", f"{thing}: {attrs[0][0]} {{{attrs[0][0]}}}, {attrs[1][0]} {{{attrs[1][0]}}}."]
        f.texts = [f"{attrs[0][0]} {{{attrs[0][0]}}}, {attrs[1][0]} {{{attrs[1][0]}}}"]
        f.conflicts = {"get" + s, "status" + s}
    elif kind in ("attribute", "check"):
        x, k = rng.choice(attrs)
        if kind == "check": x, k = "status", rng.choice(("enum(ok,broken,offline,running)", "enum(open,closed,pending)", "enum(ready,busy,idle)"))
        f.names = [f"get {s} {x}", f"{s} {x}", f"read {s} {x}", f"get {x} of {s}", f"{x} of {s}", f"check {s} {x}"]
        f.descs = [f"Get the {x} of {art} {s}", f"Returns the {x} of the {s}", f"Read the {x} of {art} {s}", f"{x.capitalize()} of {art} {s}"]
        f.args = [a]
        f.cores["ask"] = [f"what is the {x} of {thing}", f"what's the {x} of {thing}", f"which {x} does {thing} have", f"can you see the {x} of {thing}"] + ([f"how is {thing} doing", f"in what state is {thing}", f"is {thing} ok"] if kind == "check" else [])
        special = [q.replace("@", thing) for q in vocabulary.QUESTIONS.get(x, ())]
        f.cores["ask"] += special * 2
        f.cores["np"] = [f"the {x} of {thing}", f"the current {x} of {thing}"]
        f.cores["do"] = [f"check the {x} of {thing}", f"read the {x} of {thing}", f"look up the {x} of {thing}"]
        f.cores["say"] = [f"I need to know the {x} of {thing}", f"someone asked me about the {x} of {thing}"]
        f.fields = [(x, parse_kind(k))]
        f.answers = [f"The {x} of {thing} is {{{x}}}.", f"{thing} has the {x} {{{x}}}.", f"The {x} is {{{x}}}."]
        f.texts = [f"{{{x}}}", f"{x}: {{{x}}}"]
        f.conflicts = {x + s, "get" + s, "set" + x + s}
    elif kind == "list":
        x, k = attrs[1] if attrs[1][1] not in ("url",) else attrs[0]
        filt = Arg([x, f"by {x}"], parse_kind(k), True, [f"only {p} with this {x}", f"filter by {x}"])
        f.args = [filt] if rng.random() < .7 else []
        g = f"[ with the {x} {{{x}}}]" if f.args else ""
        f.names = [f"list {p}", f"get {p}", f"show {p}", f"get all {p}", f"list all {p}"]
        f.descs = [f"List all {p}", f"Returns the {p}" + (f", optionally by {x}" if g else ""), f"Get a list of {p}", f"Show the {p}"]
        f.cores["ask"] = [f"which {p} are there{g}", f"what {p} do we have{g}", f"are there any {p}{g}"]
        f.cores["np"] = [f"all {p}{g}", f"a list of the {p}{g}", f"the {p}{g}"]
        f.cores["do"] = [f"list the {p}{g}", f"show me all {p}{g}", f"give me the {p}{g}"]
        f.fields = [(p, parse_kind("list." + (ref if ref != "int" else "code")))]
        f.answers = [f"The {p} are {{{p}}}.", f"I found these {p}: {{{p}}}.", f"There are {{{p}}}."]
        f.texts = [f"{{{p}}}"]
        f.conflicts = {x + s for x in ("list", "count", "search")}
    elif kind == "count":
        f.names = [f"count {p}", f"number of {p}", f"{s} count", f"how many {p}"]
        f.descs = [f"Count the {p}", f"Returns the number of {p}", f"How many {p} there are"]
        f.cores["ask"] = [f"how many {p} are there", f"how many {p} do we have", f"what is the number of {p}"]
        f.cores["np"] = [f"the number of {p}", f"the count of {p}", f"the total of all {p}"]
        f.cores["do"] = [f"count the {p}", f"count all {p}"]
        f.fields = [("count", parse_kind("int(0,900)"))]
        f.answers = [f"There are {{count}} {p}.", f"We have {{count}} {p}."]
        f.texts = ["{count}", f"{{count}} {p}"]
        f.conflicts = {x + s for x in ("list", "count", "search")}
    elif kind == "search":
        q = Arg(["query", "text", "search term", "keyword"], parse_kind("str." + rng.choice(("topic", "word", "New", "phrase"))), False, ["what to search for", "words to find"])
        m = Arg(["limit", "max results", "count"], parse_kind("int(1,30)"), True, ["how many results"])
        f.args = [q, m] if rng.random() < .6 else [q]
        lim = "[ and give me at most {limit}]" if len(f.args) > 1 else ""
        f.names = [f"search {p}", f"find {p}", f"{s} search", f"query {p}"]
        f.descs = [f"Search {p} by text", f"Find {p} that match a query", f"Full text search over the {p}"]
        f.cores["do"] = [f"search the {p} for {{query}}{lim}", f"find {p} about {{query}}{lim}", f"look for {p} with {{query}}{lim}", f"search {p} matching \"{{query}}\"{lim}", f"find all {p} that mention {{query}}{lim}"]
        f.cores["ask"] = [f"which {p} mention {{query}}", f"are there {p} about {{query}}"]
        f.cores["say"] = [f"I'm looking for {p} about {{query}}{lim}"]
        f.fields = [(p, parse_kind("list.New"))]
        f.answers = [f"I found {{{p}}}.", f"These {p} match: {{{p}}}."]
        f.texts = [f"{{{p}}}"]
        f.conflicts = {x + s for x in ("list", "count", "search")}
    elif kind == "create":
        v = rng.choice(("create", "add", "new", "register", "make"))
        verb = "create" if v == "new" else v
        (x, k), (y, l) = attrs
        name = Arg(["name", "title", f"{s} name"], parse_kind("str.New" if ref in ("code", "int") else "str." + ref), False, [f"name of the new {s}"])
        ax, ay = Arg([x, f"{s} {x}"], parse_kind(k), False, [f"the {x}", f"{x} of the {s}"]), Arg([y], parse_kind(l), True, [f"the {y}"])
        f.args = rng.choice(([name], [name, ax], [name, ax, ay], [ax, ay], [name, ay]))
        named = "{" + name.key + "}"
        who = rng.choice((f"called {named}", f"named {named}", f"{named}", f"with the name {named}")) if name in f.args else ""
        extra = (rng.choice((f" with {x} {{{x}}}", f" with the {x} {{{x}}}", f", {x} {{{x}}}", f" ({x}: {{{x}}})")) if ax in f.args else "") + (f"[, {y} {{{y}}}]" if ay in f.args else "")
        new = rng.choice((f"{art} {s}", f"a new {s}", f"another {s}"))
        f.names = [f"{v} {s}"] * 2 + [f"create {s}", f"add {s}"]
        f.descs = [f"{verb.capitalize()} a new {s}", f"Create {art} {s}", f"Adds {art} {s} to the system", f"Register a new {s}"]
        f.cores["do"] = [f"{w} {new} {who}{extra}".replace("  ", " ") for w in ("create", "add", "make", "set up", "register", verb)]
        f.cores["say"] = [f"I need {new} {who}{extra}".replace("  ", " "), f"we need {new} {who}{extra}".replace("  ", " "), f"there should be {new} {who}{extra}".replace("  ", " ")]
        f.done = [f"I created the {s}.", f"The new {s} is there."] + ([f"The {s} {named} is created."] if name in f.args else [])
        f.conflicts = {"create" + s}
    elif kind == "set":
        x, k = rng.choice(attrs)
        vkey = rng.choice(("value", x, f"new {x}", x))
        b = Arg([x, vkey] if vkey != x else [x, "value", f"new {x}"], parse_kind(k), False, [f"the new {x}", f"{x} to set", f"value for the {x}"])
        f.args = [a, b]
        if a.key == b.key or set(a.names) & set(b.names): return family(rng, n, "act", held)
        val = "{" + b.key + "}"
        f.names = [f"set {s} {x}", f"update {s} {x}", f"change {s} {x}", f"set {x}", f"adjust {s} {x}"]
        f.descs = [f"Set the {x} of {art} {s}", f"Change the {x} of {art} {s}", f"Update the {x} of the {s}"]
        f.cores["do"] = [f"set the {x} of {thing} to {val}", f"change the {x} of {thing} to {val}", f"update {thing}: {x} {val}", f"put the {x} of {thing} at {val}", f"make the {x} of {thing} {val}", f"adjust the {x} of {thing} to {val}", f"give {thing} the {x} {val}"]
        f.cores["say"] = [f"the {x} of {thing} should be {val}", f"the {x} of {thing} is wrong, it must be {val}", f"I'd like {val} as the {x} of {thing}"]
        f.done = [f"The {x} of {thing} is {val} now.", f"I set the {x} to {val}.", f"{thing} has the {x} {val}."]
        f.conflicts = {"set" + x + s, x + s}
    elif kind in ("assign", "send", "share", "tag"):
        if kind == "assign":
            b, names, descs = Arg(["person", "assignee", "user", "to"], parse_kind("str.person"), False, ["who gets it", "the person"]), [f"assign {s}", f"give {s}", f"set {s} owner"], [f"Assign {art} {s} to a person", f"Make a person responsible for {art} {s}"]
            forms = ["assign @ to {person}", "give @ to {person}", "hand @ over to {person}", "let {person} take care of @", "make {person} responsible for @"]
            done, say = ["{person} is responsible for @ now.", "I assigned @ to {person}."], ["{person} should take care of @", "@ belongs to {person} from now on"]
        elif kind == "send":
            b, names, descs = Arg(["to", "email", "recipient", "address"], parse_kind("str.email"), False, ["mail address", "recipient"]), [f"send {s}", f"mail {s}", f"email {s}"], [f"Send {art} {s} by mail", f"Mails {art} {s} to an address"]
            forms = ["send @ to {to}", "mail @ to {to}", "email @ to {to}", "forward @ to {to}"]
            done, say = ["I sent @ to {to}.", "@ is on its way to {to}."], ["{to} wants to have @", "{to} is waiting for @"]
        elif kind == "share":
            b, names, descs = Arg(["people", "users", "names", "with"], parse_kind("list.first"), False, ["names of the people", "who gets access"]), [f"share {s}", f"share {s} with"], [f"Share {art} {s} with people", f"Give several people access to {art} {s}"]
            forms = ["share @ with {people}", "give {people} access to @", "let {people} see @"]
            done, say = ["I shared @ with {people}.", "{people} can see @ now."], ["{people} should be able to see @"]
        else:
            b, names, descs = Arg(["tags", "labels", "keywords"], parse_kind("list.label"), False, ["tags to add", "labels"]), [f"tag {s}", f"label {s}", f"add tags to {s}"], [f"Add tags to {art} {s}", f"Label {art} {s}"]
            forms = ["tag @ with {tags}", "add the tags {tags} to @", "label @ as {tags}", "put the labels {tags} on @"]
            done, say = ["@ is tagged with {tags}.", "I added {tags} to @."], ["@ should have the tags {tags}"]
        if set(a.names) & set(b.names): return family(rng, n, "act", held)
        f.args, f.names, f.descs = [a, b], names, descs
        f.cores["do"], f.cores["say"], f.done = ([x.replace("@", thing) for x in y] for y in (forms, say, done))
        f.conflicts = {kind + s}
    elif kind == "schedule":
        d, t = Arg(["date", "day", "on", "when"], parse_kind("str.date"), False, ["the day"]), Arg(["time", "at", "start"], parse_kind("str.time"), True, ["time of day"])
        f.args = [a, d, t]
        f.names = [f"schedule {s}", f"plan {s}", f"set {s} date"]
        f.descs = [f"Schedule {art} {s} for a day", f"Plan when {art} {s} takes place"]
        f.cores["do"] = [f"schedule {thing} for {{date}}[ at {{time}}]", f"plan {thing} for {{date}}[, {{time}}]", f"put {thing} on {{date}}[ at {{time}}]", f"set the date of {thing} to {{date}}[ {{time}}]"]
        f.cores["say"] = [f"{thing} should happen on {{date}}[ at {{time}}]", f"{thing} takes place on {{date}}[ at {{time}}]"]
        f.done = [f"{thing} is planned for {{date}}.", f"I scheduled {thing} for {{date}}."]
        f.conflicts = {"schedule" + s}
    elif kind == "move":
        b = Arg(["destination", "to", "target", "location"], parse_kind("str." + rng.choice(("city", "room", "folder", "New"))), False, ["where to", "the new place"])
        f.args = [a, b]
        f.names = [f"move {s}", f"transfer {s}", f"relocate {s}"]
        f.descs = [f"Move {art} {s} to another place", f"Transfer {art} {s}"]
        f.cores["do"] = [f"move {thing} to {{destination}}", f"bring {thing} to {{destination}}", f"transfer {thing} to {{destination}}", f"relocate {thing} to {{destination}}"]
        f.cores["say"] = [f"{thing} belongs in {{destination}}", f"{thing} has to go to {{destination}}"]
        f.done = [f"{thing} is in {{destination}} now.", f"I moved {thing} to {{destination}}."]
        f.conflicts = {"move" + s}
    elif kind == "verb":
        v = words.invented(rng, rng.choice((1, 2)))
        b = Arg(["amount", "times", "level", "count"], parse_kind("int(1,99)"), False, ["how much", "how often"])
        f.args = [a, b] if rng.random() < .4 else [a]
        tail = rng.choice((" by {amount}", " {amount} times", " with level {amount}")) if len(f.args) > 1 else ""
        f.names = [f"{v} {s}", v, f"{s} {v}"]
        f.descs = [f"{v.capitalize()} {art} {s}", f"Lets you {v} the {s}"]
        f.cores["do"] = [f"{v} {thing}{tail}"] * 2
        f.cores["say"] = [f"I have to {v} {thing}{tail}", f"it is time to {v} {thing}{tail}"]
        f.cores["ask"] = [f"is it possible to {v} {thing}{tail}"]
        f.done = [f"I did {v} {thing}.", f"{v.capitalize()} is done for {thing}."]
        f.conflicts = {v}
    else:  # zero arguments
        x = rng.choice(("status", "report", "summary", "overview", "statistics", "version", "total", "forecast", "schedule", "balance"))
        f.names = [f"get {s} {x}", f"{s} {x}", f"show {s} {x}"]
        f.descs = [f"Get the {s} {x}", f"Returns the {x} of all {p}", f"Shows the {s} {x}"]
        f.cores["np"] = [f"the {s} {x}", f"the {x} of the {p}", f"the current {s} {x}", f"our {s} {x}"]
        f.cores["ask"] = [f"what does the {s} {x} say", f"how does the {s} {x} look"]
        f.cores["do"] = [f"show me the {s} {x}", f"pull the {s} {x}"]
        f.fields = [("value", parse_kind(rng.choice(("int(0,900)", "str.sky", "str.code", "str.message"))))]
        f.answers = [f"The {s} {x}: {{value}}.", f"The {s} {x} is {{value}}."]
        f.texts = ["{value}"]
        f.conflicts = {x + s, "status" + s}
    return f


# name|kind|how a request attaches it
ARGS = [(n, k, g) for n, k, g in table("""
city|str.city|in {city};in {city};near {city};at {city}
person|str.person|for {person};for {person};with {person};{person} asked for it
name|str.New|called {name};named {name};"{name}";under the name {name}
id|str.code|number {id};{id};no. {id};with the id {id}
room|str.room|in the {room};for the {room}
date|str.date|on {date};{date};for {date}
amount|int(1,200)|by {amount};of {amount};worth {amount}
item|str.item|with {item};with a {item};with the {item};a {item}
file|str.file|from {file};from the file {file};out of {file};using {file}
level|int(0,100)|at level {level};at {level};to {level}
time|str.time|at {time};around {time};{time}
topic|str.topic|about {topic};on {topic};regarding {topic}
numbers|list.int|with {numbers}
names|list.first|for {names}
email|str.email|to {email};for {email};at {email}
color|str.color|in {color}
days|int(1,60)|for {days} days
minutes|int(5,180)|for {minutes} minutes;{minutes} minutes long
people|int(1,30)|for {people} people;with {people} guests;{people} of us
text|str.text|saying {text};saying "{text}";with the words {text}
percent|int(1,95)|by {percent} percent;by {percent}%;at {percent} percent
quantity|int(1,40)|{quantity} times;{quantity} pieces;{quantity} of them
site|str.site|for {site};at {site};on {site}
url|str.url|from {url}
gate|str.gate|at gate {gate};gate {gate}
seat|str.seat|in seat {seat};seat {seat}
row|int(1,60)|in row {row};row {row}
platform|int(1,24)|on platform {platform};platform {platform}
bay|str.gate|in bay {bay};at bay {bay};bay {bay}
page|int(1,900)|on page {page};page {page}
lane|int(1,12)|in lane {lane};on lane {lane}
floor|int(-2,40)|on floor {floor};floor {floor}
dock|str.gate|at dock {dock};from dock {dock}
locker|str.gate|in locker {locker};locker {locker}
track|int(1,30)|on track {track};track {track}
drink|str.drink|with a {drink};with {drink};one {drink}
dish|str.dish|with the {dish};with {dish};a {dish}
folder|str.folder|in the folder {folder};in {folder};under {folder}
user|str.username|as {user};for {user};user {user};for the user {user}
password|str.secret|with the password {password};password {password};using {password}
price|num(1,900)|for {price} euros;for ${price};at €{price};for {price} dollars
server|str.server|on {server};of {server};at the server {server}
unit|str.unit|in {unit}
language|str.lang|in {language}
deadline|str.isodate|until {deadline};by {deadline};due {deadline}
distance|num(1,400)|over {distance} km
weight|num(1,90)|of {weight} kg;weighing {weight} kilos
phone|str.phone|under {phone}
company|str.company|with {company};from {company};for {company}
address|str.street|at {address}
urgent|bool(urgently;without hurry)|{urgent}
size|enum(small,medium,large)|in size {size}
plate|str.code|with the plate {plate};plate {plate};{plate}
namespace|str.code|in namespace {namespace};in the {namespace} namespace;in {namespace}
department|str.dept|in the {department} department;for {department};department {department}
reason|str.phrase|because of {reason};reason: {reason};the reason is {reason};due to {reason}
labels|list.label|tagged {labels};labelled {labels};tag it {labels};with the labels {labels}
speakers|list.person|with the speakers {speakers};with {speakers};by {speakers}
buddy|str.first|together with {buddy};with {buddy};accompanied by {buddy}
material|str.New|made of {material};in {material};{material}
temperature|num(-40,300)|at {temperature} degrees;at {temperature} °C;stored at {temperature} degrees
hours|num(0.5,48)|for {hours} hours;lasting {hours} hours;{hours} hours long
filter|str.code|with the {filter} filter;through the {filter} filter;using filter {filter}
ward|str.New|in {ward};to {ward};ward {ward}
bed|str.gate|bed {bed};in bed {bed}
institution|str.New|at the {institution};for the {institution};to the {institution}
pages|int(1,400)|{pages} pages;of {pages} pages
owner|str.person|owned by {owner};{owner} is in charge;owner {owner};belonging to {owner}
query|str.title|for {query};matching {query};about "{query}"
branch|str.branch|on branch {branch};off {branch};on {branch}
version|str.version|version {version};at version {version};in version {version}
reading|num(0,9)|reading {reading};at {reading};of {reading}
pressure|str.code|pressure {pressure};with {pressure}
priority|enum(low:low/no rush,high:high/top priority)|with {priority} priority;priority {priority};{priority} priority
shift|enum(early,late,night)|on the {shift} shift;for the {shift} shift;{shift} shift
private|bool(private;public)|{private};as a {private} one;keep it {private}
zone|str.New|in zone {zone};zone {zone};in {zone}
policy|str.code|on policy {policy};policy {policy};under policy {policy}
method|enum(squash,rebase,standard)|using {method};method {method};with {method}
tanks|int(1,30)|{tanks} tanks;{tanks} of them
year|int(1960,2030)|from {year};in {year};of the year {year}
count|int(1,60)|{count} times;{count} in all;count {count}
note|str.message|with the note {note};note: {note};and note "{note}"
destination|str.New|to {destination};headed for {destination};towards {destination}
""")]
# Two arguments of one kind: only the words around them tell which is which.
PAIRS = [(a.split(":"), b.split(":"), k, g) for a, b, k, g in table("""
from:source:start:origin|to:destination:target:end|str.city|from {a} to {b};to {b} from {a};between {a} and {b}
from:source:old name|to:target:new name|str.file|from {a} to {b};{a} into {b};{a} to {b}
from:sender:giver|to:receiver:recipient|str.person|from {a} to {b};from {a} for {b};of {a} for {b}
start:from:begin|end:to:until|str.date|from {a} to {b};between {a} and {b};from {a} until {b};starting {a}, ending {b}
start:from:opens|end:until:closes|str.time|from {a} to {b};between {a} and {b};from {a} until {b}
minimum:low:at least|maximum:high:at most|int(1,400)|from {a} to {b};between {a} and {b};at least {a} and at most {b}
old:from:before|new:to:after|str.code|from {a} to {b};{b} instead of {a};{a}, from now on {b};no longer {a} but {b}
first:a:left|second:b:right|int(1,900)|{a} and {b};of {a} and {b};with {a} and {b}
from room:source:from|to room:destination:to|str.room|from the {a} to the {b};out of the {a} into the {b}
item:what:product|replacement:by:instead|str.item|{a} by {b};{a}, with {b} instead;{b} instead of {a}
sender:from:by|receiver:to:for|str.email|from {a} to {b};to {b} from {a}
key:name:field|value:to:content|str.word|{a} to {b};{b} for {a};{a} with {b}
""")]


def glued(rng, f, core, n, front=False):
    """`core` with `n` arguments around it, which are added to the family: in any order, with prepositions or by name."""
    parts, named = [], []
    if n > 1 and rng.random() < .35:
        a, b, kind, glue = rng.choice(PAIRS)
        keys = [names[0] if rng.random() < .6 else rng.choice(names) for names in (a, b)]
        for key, names in zip(keys, (a, b)): f.args.append(Arg([key] + [x for x in names if x != key], parse_kind(kind), False, [f"the {names[0]}", names[0]]))
        parts.append(rng.choice(glue.split(";")).replace("{a}", "{" + keys[0] + "}").replace("{b}", "{" + keys[1] + "}"))
        named += keys
        n -= 2
    pool = [x for x in ARGS if x[0] not in [y for a in f.args for y in a.names]]
    for name, kind, glue in rng.sample(pool, n):
        names = [name] if rng.random() < .8 else [name, words.invented(rng)]
        f.args.append(Arg(names, parse_kind(kind), False, [f"the {name}", name]))
        parts.append(rng.choice(glue.split(";")))
        if name != "urgent": named.append(name)
    rng.shuffle(parts); rng.shuffle(named)
    rng.shuffle(f.args)
    r = rng.random()
    if not parts: return core
    if len(named) == len(f.args) and r < .1: return f"{core} with " + " and ".join(f"{rng.choice(('', 'the '))}{n} {{{n}}}" for n in named)
    if len(named) == len(f.args) and r < .14: return f"{core}. " + ". ".join(f"{rng.choice(('The', 'The', 'My', 'Its'))} {n} is {{{n}}}" for n in named)
    if len(named) == len(f.args) and r < .2: return f"{core}: " + ", ".join(f"{n} {{{n}}}" for n in named)
    if front and r < .4: return ", ".join((parts[0], " ".join((core, *parts[1:]))))
    if r < .5: return ", ".join((core, *parts))
    return " ".join((core, *parts))


def extended(rng, f):
    """The family with one more argument, which the request attaches at its end."""
    kinds = {getattr(a.kind, "pool", "") for a in f.args}
    name, kind, glue = rng.choice([x for x in ARGS if x[1].partition(".")[2] not in kinds or x[1].startswith(("int", "num"))])
    if any(name in a.names for a in f.args): return f
    part = rng.choice(glue.split(";"))
    optional = rng.random() < .5
    g = copy.copy(f)
    g.args = [*f.args, Arg([name], parse_kind(kind), optional, [f"the {name}", name])]
    tail = f"[ {part}]" if optional else f" {part}" if rng.random() < .7 else f", {part}"
    g.cores = {form: [way + tail for way in ways] for form, ways in f.cores.items()}
    return g


def _said(rng, w):
    """The word as a user may say it: itself, a synonym, another form."""
    if rng.random() < .45 and synonyms.OF.get(w): w = rng.choice(synonyms.OF[w])
    r = rng.random()
    if r < .12 and not w.endswith("s"): w += "s"
    elif r < .18 and len(w) > 4 and w.endswith("s"): w = w[:-1]
    elif r < .23 and w[-1] not in "eys": w += "ing"
    return w


def keyword(rng, held=False):
    """A tool that is only a few words; the request holds the same words, or words that mean the same."""
    n = rng.choice((1, 2, 2, 2, 3))
    w = rng.sample(unlisted.EVERYDAY, n)
    f = Family("general.keyword." + "_".join(w))
    f.cores = {"do": [], "ask": [], "np": [], "say": []}
    phrase = " ".join(w)
    f.names = [phrase, f"{rng.choice(('get', 'do', 'run', 'handle', 'manage', 'check'))} {phrase}", phrase]
    more = " ".join(rng.sample(unlisted.EVERYDAY, 1)) if rng.random() < .4 else ""
    f.descs = [f"{rng.choice(('Handles', 'Deals with', 'Everything about', 'Use this for', 'Takes care of', 'Information on', 'Service for', 'Works on', 'Gives you'))} {phrase}" + (f" and {more}" if more else ""), f"{phrase.capitalize()} {rng.choice(('service', 'tool', 'function', 'helper', 'lookup', 'manager'))}", f"{phrase.capitalize()}"]
    kept = w if rng.random() < .7 else rng.sample(w, max(1, n - 1))
    said = " ".join(_said(rng, x) for x in kept)
    n = rng.choice((0, 1, 1, 2, 3))
    form = rng.choice(("np", "do", "ask", "say"))
    core = rng.choice({"np": (f"the {said}", f"some {said}", said, f"help with {said}", f"something about {said}"), "do": (f"do the {said}", f"handle {said}", f"take care of the {said}", said, f"use {said}", f"deal with {said}"),
                       "ask": (f"what about {said}", f"can I have {said}", f"how is the {said}", f"is there {said}"), "say": (f"I have a question about {said}", f"this is about {said}", f"I'm thinking of {said}", f"we are dealing with {said}")}[form])
    f.cores[form] = [glued(rng, f, core, n, form == "say")]
    if rng.random() < .5: f.done = [f"I took care of {said}.", f"Done with {said}."]
    else:
        f.fields = [("value", parse_kind(rng.choice(("int(0,900)", "str.New", "str.message", "str.code"))))]
        f.answers, f.texts = ["The result is {value}.", f"{said.capitalize()}: {{value}}."], ["{value}"]
    f.conflicts = set(w)
    for x in w: f.conflicts |= set(synonyms.OF.get(x, ()))
    return f


def unfamiliar(rng):
    """A word that means nothing, made of syllables or of the halves of two words."""
    if rng.random() < .5: return words.invented(rng)
    a, b = rng.sample(unlisted.EVERYDAY, 2)
    return a[:max(2, len(a) // 2 + 1)] + b[len(b) // 2:]


def stranger(rng):
    """A tool that says nothing to the model, asked for in other words that say nothing either: it is meant because nothing else fits."""
    some = lambda: " ".join(unfamiliar(rng) for _ in range(rng.choice((1, 1, 2))))
    verb, thing, said, object = some(), some(), unfamiliar(rng) if rng.random() < .6 else rng.choice(unlisted.EVERYDAY), some()
    f = Family("general.stranger." + thing)
    f.cores = {"do": [], "ask": [], "np": [], "say": []}
    f.names = [f"{verb} {thing}", thing, f"{rng.choice(('get', 'set', 'find', 'run', 'check'))} {thing}"]
    f.descs = [f"{verb.capitalize()} a {thing}", f"Returns the {thing}", f"{thing.capitalize()} of a {verb}", f"Lets you {verb} the {thing}"]
    form = rng.choice(("do", "do", "ask", "np", "say"))
    core = rng.choice({"do": (f"{said} the {object}", f"{said} my {object}", f"{said} {object}"), "ask": (f"what is the {said} {object}", f"how {said} is the {object}", f"which {object} does {said} have", f"who is {said} {object}"),
                       "np": (f"the {said} {object}", f"all {object} {said}", f"my {object}"), "say": (f"the {object} is {said}", f"I forgot my {object}", f"we have no {object} any more")}[form])
    f.cores[form] = [glued(rng, f, core, rng.choice((0, 1, 1, 2, 2, 3)), form == "say")]
    if rng.random() < .5: f.done = ["It is done.", f"The {object} is taken care of."]
    else:
        f.fields = [("value", parse_kind(rng.choice(("int(0,900)", "str.New", "str.message", "str.code"))))]
        f.answers, f.texts = ["The result is {value}.", f"The {object}: {{value}}."], ["{value}"]
    f.conflicts = {"stranger"}
    return f
