"""Values that no pool lists: names, titles, phrases and codes of every shape, so that the model learns where a value begins and ends."""
import words
from words import DAYS, FIRST, LAST, MONTHS, invented

EVERYDAY = []                                                            # conversations.py puts the words of all families here
_LETTERS, _SMALL = "ABCDEFGHJKLMNPQRSTUVWXYZ", ("of", "of the", "with", "the", "&", "of", "without", "over")
_PLACED = ("in the", "on the", "with", "of the", "under the", "without", "near the", "behind the")
_TITLES = "Mr. Mrs. Ms. Dr. Prof. Sir Captain Mr Dr".split()
_PARTICLES = "van de Le von da al Mac Bin O' St.".split()
_ENDINGS = ".com .org .net .io .dev .co.uk".split()
_FILES = "txt md yml yaml json csv log py ts cs go conf toml pdf docx xlsx png mp4 zip tar.gz sql html proto".split()


def _word(rng):
    return rng.choice(EVERYDAY) if rng.random() < .85 else invented(rng)


def _letters(rng, n): return "".join(rng.choice(_LETTERS) for _ in range(n))
def _digits(rng, n): return "".join(rng.choice("0123456789") for _ in range(n))


def phrase(rng, most=4):
    """'river sediment', 'burst pipe in the kitchen'"""
    n = rng.choice((1, 2, 2, 2, 3, 3, 4)[:2 + most])
    text = [_word(rng) for _ in range(n)]
    if n > 2 and most > 3 and rng.random() < .5: text.insert(rng.randint(1, n - 1), rng.choice(_PLACED))
    if rng.random() < .07: text.append(str(rng.choice((2, 3, 12, 32, rng.randint(1, 2030)))))
    return " ".join(text)


def title(rng, most=6):
    """'Road Trip 2024', 'Oil Lamp with Two Spouts'"""
    n = rng.choice((1, 2, 2, 2, 3, 3, 4, 5, 6)[:3 + most])
    text = [_word(rng).capitalize() for _ in range(n)]
    if n > 2 and rng.random() < .5: text.insert(rng.randint(1, n - 1), rng.choice(_SMALL))
    r = rng.random()
    if r < .12: text.append(str(rng.choice((1, 2, 3, 4, rng.randint(1, 99), rng.randint(1990, 2030)))))
    elif r < .16: text.append(rng.choice(("A", "B", "C", "II", "IV", "X", "North", "Pro", "Inc", "Ltd")))
    elif r < .2: text[-1] += "'s" if rng.random() < .3 else "-" + _word(rng)
    elif r < .24: text[0] = "The " + text[0]
    return " ".join(text)


def code(rng):
    """'KX-412-ZP', 'HP-77120', '14D', 'run-14', 'auth-7f9c4d', '135/85'"""
    l, d, w = (lambda n: _letters(rng, n)), (lambda n: _digits(rng, n)), (lambda: _word(rng).lower())
    return rng.choice((lambda: f"{l(2)}-{d(3)}-{l(2)}", lambda: f"{l(2)}-{d(rng.randint(2, 6))}", lambda: f"{l(1)}-{d(rng.randint(1, 6))}", lambda: f"{l(1)}{d(rng.randint(1, 4))}", lambda: f"{d(rng.randint(1, 3))}{l(1)}", lambda: f"{l(3)}-{d(4)}-{d(3)}",
                       lambda: f"{w()}-{d(rng.randint(1, 3))}", lambda: f"{w()}-{w()}", lambda: f"{w()}-{w()}-{d(2)}", lambda: f"{w()}_{w()}", lambda: f"{w()}/{w()}", lambda: f"{w()}-" + "".join(rng.choice("0123456789abcdef") for _ in range(6)),
                       lambda: f"{d(3)}/{d(2)}", lambda: f"#{d(rng.randint(2, 5))}", lambda: f"{l(2)}{d(1)} {d(1)}{l(2)}", lambda: f"{l(1)}-{w()}", lambda: f"{rng.randint(1, 20)}.{rng.randint(0, 20)}.{rng.randint(0, 20)}", lambda: f"{_word(rng).capitalize()}-{rng.randint(1, 40)}",
                       lambda: f"{l(rng.randint(2, 4))}", lambda: f"{rng.randint(1, 48)}{rng.choice('hmdsk')}", lambda: f"{l(2)}{d(2)}{l(1)}{d(3)}", lambda: f"{w()}.{w()}", lambda: f"{l(rng.randint(2, 3))}_{d(2)}"))()


def person(rng):
    first, last = (rng.choice(FIRST) if rng.random() < .6 else invented(rng).capitalize()), (rng.choice(LAST) if rng.random() < .4 else invented(rng).capitalize())
    return rng.choice((lambda: f"{first} {last}", lambda: f"{first} {last}", lambda: f"{rng.choice(_TITLES)} {last}", lambda: f"{rng.choice(_TITLES)} {first} {last}", lambda: f"{first} {rng.choice(_PARTICLES)} {last}", lambda: f"{first} {rng.choice(_LETTERS)}. {last}", lambda: f"{first[0]}. {last}",
                       lambda: f"{first}-{rng.choice(FIRST)} {last}", lambda: f"{first} {last}-{rng.choice(LAST)}", lambda: f"{rng.choice(('Aunt', 'Uncle', 'Grandma', 'Coach', 'Nurse', 'Miss', 'Officer'))} {first}"))()


def date(rng):
    d, m, y = rng.randint(1, 28), rng.choice(MONTHS), rng.randint(2023, 2030)
    th = f"{d}{'th' if 10 < d < 20 else {1: 'st', 2: 'nd', 3: 'rd'}.get(d % 10, 'th')}"
    return rng.choice((lambda: f"{d} {m} {y}", lambda: f"{m} {d}, {y}", lambda: f"{m} {th}", lambda: f"the {th} of {m}", lambda: f"the {th}", lambda: f"{d}/{rng.randint(1, 12)}/{y}", lambda: f"{rng.choice(DAYS)} {rng.choice(('morning', 'evening', 'afternoon', 'night'))}", lambda: f"{rng.choice(DAYS)}, {d} {m}",
                       lambda: f"{d} {m[:3]}", lambda: f"tomorrow {rng.choice(('morning', 'evening', 'night', 'afternoon'))}", lambda: f"this {rng.choice(DAYS)}", lambda: f"next {rng.choice(('week', 'month', 'weekend', 'year'))}", lambda: f"{m} {y}", lambda: f"{d} {m}", lambda: f"{d:02d}.{rng.randint(1, 12):02d}."))()


def clock(rng):
    h, m = rng.randint(1, 12), rng.choice((5, 10, 15, 20, 30, 40, 45, 50))
    return rng.choice((lambda: f"{h}:{m:02d} {rng.choice(('am', 'pm', 'a.m.', 'p.m.'))}", lambda: f"half past {words.number_word(h)}", lambda: f"quarter to {words.number_word(h)}", lambda: "noon", lambda: "midnight", lambda: f"{h} o'clock", lambda: f"{h + 11:02d}:{m:02d}", lambda: f"{h} in the {rng.choice(('morning', 'evening', 'afternoon'))}", lambda: f"{h}.{m:02d}"))()


def path(rng):
    w = lambda: _word(rng).lower()
    stem = rng.choice((w, w, lambda: f"{w()}_{w()}", lambda: f"{w()}-{w()}", lambda: f"{w()}.{w()}", lambda: f"{w()}{rng.randint(1, 99)}", lambda: f"{w()}_v{rng.randint(1, 9)}", lambda: w().capitalize(), lambda: "*"))()
    name = f"{stem}.{rng.choice(_FILES)}"
    r = rng.random()
    folder = "/".join(w() for _ in range(rng.choice((1, 2, 2, 3))))
    return name if r < .45 else f"/{folder}/{name}" if r < .7 else f"{folder}/{name}" if r < .85 else f"./{name}" if r < .9 else f"C:\\{w().capitalize()}\\{name}"


def folder(rng):
    return rng.choice((lambda: f"/{_word(rng)}/{_word(rng)}", lambda: f"/{_word(rng)}/{_word(rng)}/{_word(rng)}", lambda: _word(rng).capitalize(), lambda: title(rng, 3), lambda: f"{_word(rng)}_{rng.randint(1, 2030)}", lambda: f"~/{_word(rng)}"))()


def street(rng):
    return rng.choice((lambda: f"{rng.randint(1, 240)} {title(rng, 2)} {rng.choice(('Lane', 'Road', 'Close', 'Street', 'Way', 'Court', 'Drive', 'Square'))}", lambda: f"{title(rng, 1)} Street {rng.randint(1, 99)}", lambda: f"{rng.randint(1, 99)} Rue {invented(rng).capitalize()}, {rng.choice(words.CITIES)}",
                       lambda: f"{rng.randint(1, 240)} {invented(rng).capitalize()} Road, {invented(rng).capitalize()}", lambda: f"{title(rng, 1)} Crossing"))()


def site(rng):
    host = f"{_word(rng)}{rng.choice(('', '', '-' + _word(rng)))}{rng.choice(_ENDINGS)}"
    return rng.choice((host, f"www.{host}", f"https://{host}", f"https://{_word(rng)}.{host}", f"https://{host}/{_word(rng)}", f"{_word(rng)}.{host}"))


def saying(rng):
    """'the rollback finished and error rates are normal again': words after 'saying' or in quotation marks."""
    n = rng.randint(2, 9)
    text = [rng.choice(("the", "a", "my", "your", "we", "I", "it", "is", "are", "not", "to", "for", "at", "on", "will", "please", "no", "all", "this", "has", "was", "and", "two", "today", "now", "again")) if rng.random() < .45 else _word(rng) for _ in range(n)]
    text = " ".join(text)
    return text if rng.random() < .6 else text[:1].upper() + text[1:]


NAMED = {"person": person, "first": person, "payee": person, "insured": person, "hero": person, "artist": person, "doctor": person, "kid": person, "babyname": person, "code": code, "gate": code, "seat": code, "roomno": code, "username": code, "account": code, "version": code, "flight": code, "server": code,
         "host": code, "branch": code, "repo": code, "bucket": code, "label": code, "service": code, "queuename": code, "flagname": code, "vmname": code, "backend": code, "testsuite": code, "searchindex": code, "machine": code, "date": date, "time": clock, "file": path, "imagefile": path, "docfile": path,
         "printfile": path, "receiptfile": path, "cvfile": path, "jsonfile": path, "folder": folder, "street": street, "url": site, "site": site, "message": saying, "text": saying, "smstext": saying, "phrase": saying, "task": saying, "headline": saying, "wording": saying, "resolution": saying, "complaint": saying}
TYPED = set("city country room team hotel restaurant company place animal genre airport district sport instrument device plant drink dish".split())
FIXED = set("expr sql isodate birthdate email phone secret currency stock unit lang month day price int number password color formula regexp cronexpr cell cellrange ipaddr semver urlpath sky".split())


def value(rng, pool):
    """A value for an argument that `pool` lists values of; None where only listed ones will do."""
    if pool in FIXED: return None
    make = NAMED.get(pool)
    if pool in TYPED and rng.random() < .6: return None
    if make is None or make not in (date, clock) and rng.random() < .06: make = title if pool in TYPED else rng.choices((phrase, title, code), (45, 45, 10))[0]
    return make(rng)


def item(rng, pool):
    """The same for a part of a list: it holds no comma and no 'and'."""
    if pool in FIXED: return None
    make = NAMED.get(pool)
    if make in (saying, None): make = rng.choice((lambda r: phrase(r, 2), lambda r: title(r, 2)))
    text = make(rng)
    return None if "," in text or " and " in text else text
