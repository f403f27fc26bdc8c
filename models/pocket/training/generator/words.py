"""Word pools and value samplers: where the arguments, results and invented words come from.

A sampler returns `(value, surface)`: the JSON value an argument gets and the words a user would say for it.
"""
import pathlib
import random
import re

CITIES = """Paris London Rome Berlin Madrid Lisbon Vienna Prague Oslo Stockholm Helsinki Dublin Athens Warsaw Budapest Brussels Amsterdam Copenhagen Zurich Geneva
Milan Naples Turin Venice Florence Barcelona Seville Valencia Porto Lyon Nice Marseille Bordeaux Hamburg Munich Cologne Stuttgart Leipzig Dresden Krakow Gdansk
Bergen Gothenburg Tallinn Riga Vilnius Zagreb Belgrade Sofia Istanbul Ankara Cairo Tunis Nairobi Lagos Accra Tokyo Osaka Kyoto Seoul Beijing Shanghai Singapore
Bangkok Hanoi Jakarta Manila Delhi Mumbai Chennai Sydney Melbourne Perth Auckland Wellington Toronto Montreal Vancouver Ottawa Chicago Boston Seattle Denver
Dallas Houston Austin Miami Atlanta Detroit Phoenix Portland Lima Bogota Santiago Quito Havana Cardiff Edinburgh Glasgow Leeds Bristol Brighton Oxford Cambridge
York Manchester Liverpool Brest Nantes Lille Toulouse Ghent Bruges Salzburg Graz Innsbruck Bern Basel Reykjavik Kyiv Odesa Doha Dubai Riyadh Amman Beirut Lahore
Karachi Dhaka Kathmandu Colombo Taipei Busan Sapporo Nagoya Brisbane Adelaide Hobart Dunedin Calgary Halifax Winnipeg""".split() + [
    "New York", "Los Angeles", "San Francisco", "San Diego", "Las Vegas", "Hong Kong", "Cape Town", "Buenos Aires", "Mexico City", "Rio de Janeiro", "New Delhi",
    "Kuala Lumpur", "Tel Aviv", "Salt Lake City", "The Hague", "Abu Dhabi", "São Paulo", "Zürich", "Malmö", "Quebec City", "St. Louis", "Washington", "New Orleans"]
COUNTRIES = """France Italy Spain Germany Portugal Austria Norway Sweden Finland Denmark Ireland Greece Poland Hungary Belgium Switzerland Iceland Estonia Latvia
Croatia Turkey Egypt Kenya Nigeria Ghana Japan China India Indonesia Thailand Vietnam Australia Canada Mexico Brazil Argentina Chile Peru Cuba Morocco""".split() + [
    "New Zealand", "South Korea", "the Netherlands", "South Africa", "the United States", "the United Kingdom"]
FIRST = """Anna Ben Carla David Emma Felix Greta Hugo Ines Jonas Karin Leo Maria Nils Olga Paul Rosa Sam Tina Victor Wanda Xavier Yara Zoe Alice Bob Clara Daniel
Elena Frank Grace Henry Ivy Jack Kate Lucas Mia Noah Olivia Peter Quentin Ruth Simon Thea Umar Vera Will Amir Bella Chen Dora Ethan Fatima George Hana Igor Julia
Kofi Lena Marco Nadia Omar Priya Ravi Sofia Tomas Ursula Wei Yuki Zara John Jane Joe Mary James Linda Susan Karen Lisa Mark Steve Laura Tom Tim Jimbo Josh Pete
Martin Helen Oscar Ada Alan Linus Pablo Erik Ingrid Björn José Chloé Tara Mike Dave Mona Freya Arthur Max""".split()
LAST = """Smith Jones Taylor Brown Wilson Evans Walker Wright Green Hall Wood Clarke Jackson Meyer Schmidt Weber Fischer Wagner Becker Rossi Bianchi Moreau Dubois
Laurent Garcia Lopez Silva Costa Novak Horvat Kowalski Nowak Andersen Hansen Berg Lindqvist Virtanen Tanaka Sato Kim Park Chen Wang Singh Patel Khan Okafor Mensah
Simpson Baker Cooper Turner Hill Adams Young King Scott Carter Murphy Kelly Byrne Larsen Petrov Ivanov""".split()
ROOMS = """kitchen bedroom bathroom hallway garage basement attic office study garden terrace nursery pantry cellar lounge porch library workshop""".split() + [
    "living room", "dining room", "guest room", "laundry room", "kids' room", "front door", "back yard", "meeting room", "server room", "conference room", "tv room"]
ITEMS = """apples bananas milk bread eggs butter cheese rice pasta tomatoes potatoes onions carrots coffee tea sugar flour salt honey yogurt chicken salmon
oranges lemons grapes cucumbers spinach garlic chocolate cookies cereal juice batteries soap shampoo toothpaste napkins candles paper pencils notebooks socks shirts
umbrella backpack headphones keyboard mouse monitor laptop tablet charger cable lamp chair desk mug kettle toaster blender bicycle helmet tent""".split() + [
    "olive oil", "orange juice", "toilet paper", "light bulbs", "desk lamp", "phone case", "water bottle", "yoga mat", "coffee beans", "running shoes", "dog food", "cat litter"]
DISHES = ["Clam Chowder", "Cobb Salad", "Chai Tea", "Caesar Salad", "Tomato Soup", "Margherita Pizza", "Lasagna", "Pad Thai", "Beef Stew", "Apple Pie", "Fish and Chips",
          "Mushroom Risotto", "Pumpkin Soup", "Greek Salad", "Lentil Curry", "Veggie Burger", "Lemon Tart", "Iced Latte", "Green Tea", "Onion Soup", "Crab Cakes", "Ramen",
          "Chicken Wings", "Carrot Cake", "Espresso", "Mango Lassi", "Falafel Wrap", "Garden Salad", "Hot Chocolate", "Cheesecake", "Ginger Ale", "Minestrone", "Tuna Melt"]
COLORS = "red blue green yellow purple orange pink white black grey brown turquoise teal silver gold cyan magenta violet".split()
ANIMALS = "dog cat horse rabbit parrot hamster goat sheep cow duck turtle pony".split()
SONGS = ["Blue Monday", "Yellow Submarine", "Clair de Lune", "Bohemian Rhapsody", "Dancing Queen", "Take Five", "Imagine", "Hey Jude", "Waterloo", "Moon River", "Summertime",
         "Africa", "Wonderwall", "Billie Jean", "Heroes", "Nocturne No. 2", "Ode to Joy", "So What"]
GENRES = "jazz rock pop classical techno blues folk reggae metal country soul ambient".split()
MOVIES = ["Casablanca", "The Matrix", "Inception", "Amelie", "Alien", "Metropolis", "Jaws", "Spirited Away", "The Godfather", "Up", "Arrival", "Titanic", "Blade Runner", "Vertigo"]
BOOKS = ["Dune", "Emma", "Moby Dick", "Hamlet", "The Hobbit", "Dracula", "Ulysses", "Frankenstein", "Persuasion", "The Trial", "Solaris", "Walden", "Momo", "Middlemarch"]
SKIES = ["sunny", "cloudy", "rainy", "light rain", "snow", "foggy", "windy", "clear", "partly cloudy", "thunderstorms", "overcast", "drizzle", "hail", "mostly sunny"]
LANGS = "English French German Spanish Italian Portuguese Dutch Swedish Polish Turkish Japanese Chinese Korean Arabic Hindi Greek Czech Danish Finnish Hebrew".split()
COMPANIES = ["Contoso", "Fabrikam", "Northwind", "Acme", "Globex", "Initech", "Umbrella Foods", "Blue Harbour", "Stark Tools", "Wayne Logistics", "Soylent", "Hooli", "Vandelay", "Tyrell", "Oceanic"]
STOCKS = "MSFT AAPL GOOG AMZN NVDA TSLA META IBM ORCL INTC AMD SAP ADBE NFLX QCOM SHEL BP HSBA VOD".split()
CURRENCIES = "USD EUR GBP JPY CHF SEK NOK DKK PLN CZK AUD CAD INR CNY BRL MXN".split()
UNITS = "km miles meters feet inches kg pounds grams ounces liters gallons cups celsius fahrenheit hours minutes seconds yards".split()
SPORTS = "football tennis basketball hockey cricket rugby golf volleyball handball baseball".split()
TEAMS = ["Arsenal", "Ajax", "Real Madrid", "Bayern", "Juventus", "Benfica", "Celtic", "Lakers", "Bulls", "Yankees", "Red Sox", "Rangers", "Porto", "Lyon"]
DAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()
MONTHS = "January February March April May June July August September October November December".split()
JOBS = """programmer teacher nurse surgeon baker plumber carpenter lawyer pilot farmer painter dentist librarian chef waiter architect designer accountant
electrician gardener journalist photographer scientist singer actor driver engineer pharmacist mechanic firefighter translator biologist cashier""".split() + [
    "software developer", "police officer", "data scientist", "project manager", "shop assistant", "truck driver", "product manager"]
HOBBIES = "chess hiking cooking reading painting swimming cycling gardening dancing photography knitting fishing sailing climbing running skiing yoga gaming surfing baking".split()
SERVERS = "web-01 db-3 cache-eu api-gateway mail-2 auth-service web01 billing-api node-17 proxy-us worker-5 search-index staging-db edge-9 build-agent queue-1 redis-main k8s-node-4".split()
SERVICES = "checkout billing search auth payments frontend backend gateway scheduler reporting inventory notifications catalog mailer crawler".split()
STREETS = ["Main Street", "Oak Avenue", "Baker Street", "Station Road", "High Street", "Elm Street", "King's Road", "Mill Lane", "Park Avenue", "Church Road", "Harbour Road", "Sunset Boulevard"]
PLACES = ["the airport", "the train station", "the museum", "the city hall", "the hospital", "the library", "the harbour", "the stadium", "the university", "Central Park", "the opera", "the old town"]
HOTELS = ["Grand Plaza", "Sea View", "Hotel Adler", "The Crown", "Park Inn", "Blue Lagoon", "Alpine Lodge", "Hotel Central", "Riverside", "Sunrise Resort"]
RESTAURANTS = ["Luigi's", "The Golden Fork", "Sakura", "Chez Marie", "Taco Loco", "Blue Door", "El Toro", "Green Garden", "The Old Mill", "Bella Vista", "Curry House", "Noodle Bar"]
TOPICS = ["climate change", "solar panels", "quantum computing", "football", "electric cars", "space travel", "coffee", "the stock market", "renewable energy", "robots", "medieval history",
          "gardening", "artificial intelligence", "vaccines", "volcanoes", "jazz music", "chess openings", "remote work", "healthy food", "black holes", "bees", "cheap flights"]
TITLES = ["Team meeting", "Dentist", "Budget review", "Lunch with Anna", "Project kickoff", "Gym", "Piano lesson", "Board call", "Doctor appointment", "Parents' evening", "Standup",
          "Design review", "Birthday party", "Car service", "Yoga class", "Interview", "Sprint planning", "Book club", "Haircut", "Product demo"]
TASKS = ["buy milk", "call mom", "water the plants", "pay the rent", "clean the kitchen", "book the flights", "finish the report", "take out the trash", "feed the cat", "renew the passport",
         "wash the car", "send the invoice", "fix the bike", "order new glasses", "back up the laptop", "pick up the kids", "answer Tom's mail", "print the tickets", "walk the dog",
         "review the contract", "update the website", "buy a present for Ada", "iron the shirts", "charge the camera", "cancel the gym"]
MESSAGES = ["I'll be late", "see you at eight", "the meeting is moved to Monday", "happy birthday", "dinner is ready", "I'm on my way", "please call me back", "the package has arrived",
            "can you bring the keys", "thanks for yesterday", "the train is delayed", "don't forget the cake", "I got the job", "we are out of coffee", "the door code is 4471", "let's meet at the cafe",
            "the deadline is Friday", "I can't come tomorrow", "good luck with the exam", "all tests passed", "the server is back", "we need two more chairs", "lunch at noon?", "I found your wallet",
            "Hello from the pocket model", "the baby is asleep", "no news yet", "the report is ready", "running ten minutes late", "call off the search"]
SUBJECTS = ["Meeting notes", "Invoice 2231", "Holiday plans", "Weekly report", "Contract draft", "Re: budget", "Welcome", "Lost keys", "Party on Saturday", "Job application", "Server outage", "Feedback", "Lunch"]
FILES = ["report.pdf", "notes.txt", "budget.xlsx", "photo.png", "main.py", "readme.md", "data.csv", "slides.pptx", "index.html", "backup.zip", "config.json", "todo.txt", "song.mp3", "Program.cs", "app.log",
         "invoice_2024.pdf", "draft-v2.docx", "styles.css", "query.sql", "trip.jpg"]
FOLDERS = ["documents", "downloads", "projects", "archive", "photos", "music", "backup", "shared", "temp", "reports"]
TEXTS = ["good morning", "where is the station", "I love this city", "how much is it", "the quick brown fox", "thank you very much", "to be or not to be", "the cat sleeps", "hello world", "see you tomorrow",
         "I would like a coffee", "the sky is blue", "we won the game", "nice to meet you", "one step at a time", "practice makes perfect", "time is money", "no smoking"]
PHRASES = ["printer does not work", "cannot log in", "screen is broken", "no sound", "page loads slowly", "password expired", "email bounces", "app crashes on start", "VPN keeps dropping", "wrong total on invoice",
           "heating is cold", "door does not lock", "battery drains fast", "export fails", "missing translation", "leaking tap", "noisy fan", "login button missing", "lift is stuck"]
SYMPTOMS = ["headache", "fever", "cough", "sore throat", "back pain", "dizziness"]
EXERCISES = "squats pushups running cycling swimming rowing yoga plank lunges walking".split()
INGREDIENTS = "chicken rice tomatoes spinach beans mushrooms lentils pasta tofu salmon potatoes eggs zucchini chickpeas cheese".split()
WORDS = "serendipity house bridge ephemeral table river justice lantern window gratitude harvest compass echo shadow velvet horizon puzzle whisper".split()
DEVICES = ["floor lamp", "ceiling fan", "heater", "radio", "tv", "coffee machine", "vacuum robot", "air purifier", "dishwasher", "washing machine", "speaker", "doorbell", "table lamp", "humidifier", "oven", "projector",
           "sprinkler", "dryer", "fridge", "desk light", "porch light", "chandelier", "night light", "aquarium pump"]
SCENES = ["movie", "party", "reading", "dinner", "sleep", "morning", "relax", "focus", "romantic", "work"]
PETS = ["Rex", "Bella", "Milo", "Luna", "Coco", "Felix", "Nala", "Rocky", "Bruno", "Daisy"]
CARS = ["Volvo", "Skoda", "Tesla", "Toyota", "Fiat", "Audi", "Ford", "Honda", "Kia", "Mini"]
PLANTS = ["basil", "roses", "tomato plants", "orchid", "lavender", "cactus", "fern", "tulips", "lawn", "hedge"]
SCHOOLSUBJ = ["maths", "history", "biology", "physics", "geography", "art", "music", "chemistry", "French"]
REPOS = ["web-shop", "pocket-engine", "api-server", "docs", "mobile-app", "dotnet-tools", "infra", "data-pipeline", "llama-runner", "blog"]
BRANCHES = ["main", "develop", "release/2.1", "feature/login", "hotfix", "bugfix-77"]
ARTISTS = ["Miles Davis", "Adele", "Queen", "Mozart", "Bob Marley", "Daft Punk", "Nina Simone", "Abba", "Radiohead", "Shakira"]
INSTRUMENTS = ["piano", "violin", "guitar", "cello", "flute", "drums"]
DRINKS = ["cappuccino", "espresso", "latte", "green tea", "hot chocolate", "americano", "flat white", "black tea", "mocha"]

_ONSET = "b bl br c ch cl cr d dr f fl fr g gl gr h j k kl kr l m n p pl pr qu r s sk sl sm sn sp st str t th tr v w wr x y z zl zw".split()
_NUCLEUS = "a e i o u a e i o u ai au ea ee ei ia io oa oo ou y".split()
_CODA = ["", "", "", "b", "ck", "d", "f", "g", "k", "l", "lk", "lm", "m", "mp", "n", "nd", "ng", "nk", "p", "r", "rb", "rd", "rk", "rn", "s", "sh", "sk", "st", "t", "th", "v", "x", "z"]


def invented(rng, syllables=None):
    """A pronounceable word nobody has seen before."""
    n = syllables or rng.choice((1, 2, 2, 2, 3))
    return "".join(rng.choice(_ONSET) + rng.choice(_NUCLEUS) + (rng.choice(_CODA) if i == n - 1 or rng.random() < .4 else "") for i in range(n))


ONES = "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen".split()
TENS = "_ _ twenty thirty forty fifty sixty seventy eighty ninety".split()


def number_word(n):
    if n < 20:
        return ONES[n]
    if n < 100:
        return TENS[n // 10] + ("-" + ONES[n % 10] if n % 10 else "")
    return "a hundred" if n == 100 else str(n)


ROUND = (10, 12, 15, 20, 25, 30, 40, 45, 50, 60, 75, 80, 90, 100, 120, 150, 200, 250, 300, 500, 1000, 1200, 1500, 2000, 3000, 5000, 10000)


def integer(rng, low, high):
    """An integer and how it is said: digits, a word, thousands with a comma; round numbers are the likelier ones."""
    round_ = [n for n in ROUND if low <= n <= high]
    n = rng.choice(round_) if round_ and rng.random() < .15 else rng.randint(low, high)
    if 0 <= n <= 20 and rng.random() < .35 or 20 < n <= 100 and rng.random() < .12: return n, number_word(n)
    if n >= 200 and n % 100 == 0:
        r = rng.random()
        if r < .25 and n < 1000: return n, number_word(n // 100) + " hundred"
        if r < .25 and n % 1000 == 0 and n <= 20000: return n, number_word(n // 1000) + " thousand"
        if r < .32 and n % 1000 == 0: return n, f"{n // 1000}k"
    return n, f"{n:,}" if n >= 1000 and rng.random() < .06 else str(n)


MINUTES = {15: ("a quarter of an hour", "fifteen minutes"), 30: ("half an hour", "half an hour", "thirty minutes"), 45: ("three quarters of an hour",), 60: ("an hour", "one hour", "1 hour"), 90: ("an hour and a half", "one and a half hours", "1.5 hours"),
           120: ("two hours", "2 hours"), 150: ("two and a half hours",), 180: ("three hours", "3 hours")}


def spoken(rng, text, values):
    """The request with its round numbers said as people say them: half an hour for 30 minutes, a dozen for 12."""
    for n in values:
        if type(n) is not int: continue
        if n in MINUTES and rng.random() < .5: text = re.sub(rf"(?<!\S){n} minutes?\b", lambda _: rng.choice(MINUTES[n]), text, count=1)
        elif n == 12 and rng.random() < .4: text = re.sub(r"(?<!\S)12 (?=[a-z]+s\b)", "a dozen ", text, count=1)
        elif n == 2 and rng.random() < .15: text = re.sub(r"(?<!\S)2 (?=[a-z]+s\b)", "a couple of ", text, count=1)
    return text


def number(rng, low, high, digits=None):
    digits = digits if digits is not None else rng.choice((0, 0, 1, 1, 1, 2, 2, 3))
    if digits == 0:
        n = rng.randint(int(low), int(high))
        return n, str(n)
    v = round(rng.uniform(low, high), digits)
    if v == int(v):
        return int(v), str(int(v))
    return v, str(v)


def code(rng):
    letters = "ABCDEFGHJKLMNPQRSTUVWXYZ"
    pick = lambda k: "".join(rng.choice(letters) for _ in range(k))
    digits = lambda k: "".join(rng.choice("0123456789") for _ in range(k))
    form = rng.randrange(9)
    return (f"{pick(2)}-{digits(4)}", f"{pick(3)}{digits(3)}", f"{digits(5)}", f"{pick(1)}{digits(3)}", f"{pick(3)}-{digits(3)}", f"{digits(4)}", f"{pick(2)}{digits(2)}{pick(2)}",
            f"{digits(3)}-{digits(2)}", f"{digits(6)}")[form]


def clock(rng):
    h, m = rng.randrange(24), rng.choice((0, 0, 15, 30, 45, rng.randrange(60)))
    return rng.choice((f"{h:02d}:{m:02d}", f"{h:02d}:{m:02d}", f"{h}:{m:02d}", f"{h % 12 or 12} {'am' if h < 12 else 'pm'}", f"{h % 12 or 12}:{m:02d} {'am' if h < 12 else 'pm'}", f"{h % 12 or 12}{'am' if h < 12 else 'pm'}"))


def iso_date(rng):
    return f"{rng.randint(2023, 2028)}-{rng.randint(1, 12):02d}-{rng.randint(1, 28):02d}"


def date(rng):
    return rng.choice((lambda: iso_date(rng), lambda: iso_date(rng), lambda: f"{rng.randint(1, 28)} {rng.choice(MONTHS)}", lambda: f"{rng.choice(MONTHS)} {rng.randint(1, 28)}", lambda: "tomorrow",
                       lambda: rng.choice(DAYS), lambda: "next " + rng.choice(DAYS), lambda: "today", lambda: f"{rng.randint(1, 28):02d}.{rng.randint(1, 12):02d}.{rng.randint(2023, 2028)}"))()


def person(rng):
    r = rng.random()
    if r < .5:
        return rng.choice(FIRST)
    if r < .8:
        return f"{rng.choice(FIRST)} {rng.choice(LAST)}"
    w = invented(rng).capitalize()
    return w if r < .9 else f"{rng.choice(FIRST)} {w}"


def email(rng):
    host = rng.choice(("example.com", "example.org", "mail.test", "contoso.com", invented(rng) + ".com", invented(rng) + ".io", "work.net"))
    first = rng.choice((rng.choice(FIRST), invented(rng))).lower()
    first = "".join(c for c in first if c.isascii())
    return rng.choice((first, f"{first}.{rng.choice(LAST).lower()}", f"{first}{rng.randint(1, 99)}", rng.choice(("info", "support", "sales", "office")))) + "@" + host


def phone(rng):
    return rng.choice((f"+{rng.randint(1, 99)} {rng.randint(100, 999)} {rng.randint(1000, 9999)}", f"555-{rng.randint(1000, 9999)}", f"0{rng.randint(100, 999)} {rng.randint(100000, 999999)}"))


def open_pool(pool, share=.3, cap=True):
    """A fixed pool mixed with invented words, so that the model copies instead of remembering."""
    def sample(rng):
        if rng.random() < share:
            w = invented(rng)
            if rng.random() < .15:
                w += " " + invented(rng)
            return w.title() if cap else w
        return rng.choice(pool)
    return sample


POOLS = {
    "city": open_pool(CITIES, .3), "country": lambda r: r.choice(COUNTRIES), "person": person, "first": open_pool(FIRST, .2), "room": open_pool(ROOMS, .2, False), "item": open_pool(ITEMS, .25, False),
    "dish": open_pool(DISHES, .25), "color": lambda r: r.choice(COLORS), "song": open_pool(SONGS, .3), "genre": lambda r: r.choice(GENRES), "movie": open_pool(MOVIES, .3), "book": open_pool(BOOKS, .3),
    "lang": lambda r: r.choice(LANGS), "company": open_pool(COMPANIES, .35), "stock": lambda r: r.choice(STOCKS) if r.random() < .6 else "".join(r.choice("ABCDEFGHIKLMNOPRSTUVWXZ") for _ in range(r.choice((3, 4)))),
    "currency": lambda r: r.choice(CURRENCIES), "unit": lambda r: r.choice(UNITS), "sport": lambda r: r.choice(SPORTS), "team": open_pool(TEAMS, .3), "day": lambda r: r.choice(DAYS), "month": lambda r: r.choice(MONTHS),
    "job": lambda r: r.choice(JOBS), "hobby": lambda r: r.choice(HOBBIES), "server": lambda r: r.choice(SERVERS) if r.random() < .5 else f"{invented(r)}-{r.randint(1, 40)}", "service": open_pool(SERVICES, .3, False),
    "street": lambda r: f"{r.randint(1, 220)} {r.choice(STREETS) if r.random() < .7 else invented(r).capitalize() + ' Street'}", "place": lambda r: r.choice(PLACES) if r.random() < .5 else open_pool(CITIES, .3)(r),
    "hotel": open_pool(HOTELS, .3), "restaurant": open_pool(RESTAURANTS, .3), "topic": open_pool(TOPICS, .2, False), "title": open_pool(TITLES, .2), "task": lambda r: r.choice(TASKS) if r.random() < .75 else f"{r.choice(('check', 'fix', 'order', 'clean', 'call', 'visit', 'paint', 'sell', 'test'))} the {invented(r)}",
    "message": lambda r: r.choice(MESSAGES) if r.random() < .6 else r.choice((f"the {invented(r)} is {r.choice(('ready', 'broken', 'gone', 'here', 'late'))}", f"meet me at {clock(r)}", f"I need {r.randint(2, 30)} {r.choice(ITEMS)}", f"the code is {code(r)}", f"bring {r.choice(ITEMS)} and {r.choice(ITEMS)}", f"{r.choice(FIRST)} is {r.choice(('in', 'out', 'back from', 'leaving for'))} {r.choice(CITIES)}")),
    "subject": open_pool(SUBJECTS, .2), "file": lambda r: r.choice(FILES) if r.random() < .5 else invented(r) + r.choice((".txt", ".pdf", ".csv", ".md", ".json", ".png", ".log", ".docx")), "folder": open_pool(FOLDERS, .3, False),
    "text": lambda r: r.choice(TEXTS) if r.random() < .6 else r.choice(MESSAGES), "phrase": lambda r: r.choice(PHRASES) if r.random() < .7 else f"{invented(r)} {r.choice(('does not start', 'is broken', 'is too slow', 'makes noise', 'shows error ' + str(r.randint(100, 599))))}", "symptom": lambda r: r.choice(SYMPTOMS), "exercise": lambda r: r.choice(EXERCISES), "ingredient": lambda r: r.choice(INGREDIENTS),
    "word": open_pool(WORDS, .4, False), "device": open_pool(DEVICES, .3, False), "scene": open_pool(SCENES, .25, False), "pet": open_pool(PETS, .3), "car": lambda r: r.choice(CARS), "plant": open_pool(PLANTS, .3, False),
    "subj": lambda r: r.choice(SCHOOLSUBJ), "repo": lambda r: r.choice(REPOS) if r.random() < .6 else f"{invented(r)}-{r.choice(('app', 'lib', 'api', 'web'))}", "branch": lambda r: r.choice(BRANCHES), "artist": open_pool(ARTISTS, .3), "drink": lambda r: r.choice(DRINKS),
    "instrument": lambda r: r.choice(INSTRUMENTS), "code": code, "time": clock, "date": date, "isodate": iso_date, "email": email, "phone": phone, "sky": lambda r: r.choice(SKIES), "new": invented, "New": lambda r: invented(r).capitalize(),
    "price": lambda r: f"{r.choice(('$', '$', '€', '£'))}{r.randint(1, 99)}.{r.choice((0, 50, 99, r.randint(10, 99))):02d}", "url": lambda r: f"https://{r.choice(('example.com', 'docs.test', invented(r) + '.org'))}/{r.choice(('news', 'home', 'a', invented(r)))}",
    "animal": lambda r: r.choice(ANIMALS), "adj": lambda r: r.choice("blue old small quick silent golden broken heavy fresh secret public shared".split()),
}


def expression(rng):
    a, b, c = (rng.randint(1, 200) for _ in range(3))
    return rng.choice((f"{a} + {b}", f"{a} * {b}", f"{a} - {b}", f"{a} / {b}", f"({a} + {b}) * {c}", f"{a} + {b} - {c}", f"{a}*{b}+{c}", f"{a}^2", f"{a}+{b}", f"sqrt({a})"))


def sql(rng):
    t, c = invented(rng), invented(rng)
    return rng.choice((f"SELECT * FROM {t}", f"SELECT COUNT(*) FROM {t}", f"SELECT {c} FROM {t} WHERE id = {rng.randint(1, 999)}", f"DELETE FROM {t} WHERE {c} > {rng.randint(1, 99)}", f"SELECT name, {c} FROM {t} ORDER BY {c}",
                       f"UPDATE {t} SET {c} = {rng.randint(1, 99)}"))


POOLS.update({
    "expr": expression, "sql": sql, "version": lambda r: r.choice((f"{r.randint(0, 9)}.{r.randint(0, 20)}.{r.randint(0, 30)}", f"v{r.randint(1, 20)}", f"{r.randint(1, 12)}.{r.randint(0, 9)}", f"v{r.randint(0, 5)}.{r.randint(0, 20)}.{r.randint(0, 9)}")),
    "score": lambda r: f"{r.randint(0, 6)}:{r.randint(0, 6)}", "label": lambda r: r.choice("bug docs urgent backend ui question security test feature refactor".split() + [invented(r)]), "int": lambda r: r.randint(1, 300),
})


# ---------------------------------------------------------------- values of the toolboxes

def made(pool, share, form):
    """A fixed pool mixed with values that `form` builds from invented words and digits."""
    return lambda rng: rng.choice(pool) if rng.random() >= share else form(rng)


def listed(text): return [x.strip() for x in text.split(",")]


MEDICINES = listed("aspirin, ibuprofen, paracetamol, amoxicillin, metformin, insulin, omeprazole, lisinopril, cetirizine, salbutamol, warfarin, diazepam, prednisone, naproxen, codeine, vitamin D, iron tablets, melatonin, nasal spray, cough syrup")
ALLERGENS = listed("penicillin, peanuts, latex, pollen, gluten, lactose, shellfish, bee stings, nickel, soy, strawberries, cat hair, house dust, eggs, walnuts, iodine")
AIRPORTS = listed("Heathrow, Gatwick, Schiphol, JFK, LAX, Charles de Gaulle, Frankfurt, Zurich, Munich, Vienna, Oslo, Barajas, Fiumicino, Changi, Haneda, Narita, O'Hare, Logan, Dublin, Lisbon, LHR, CDG, FRA, SIN, SFO, ATL, DXB, HKG, BCN, ARN")
ACCOUNTS = listed("savings account, checking account, joint account, business account, holiday fund, current account, deposit account, student account, rent account, emergency fund, salary account")
PAYEES = listed("the landlord, Anna, City Gas, the tax office, Tom Baker, Netflix, the gym, Green Energy, Aunt Mary, the garage, Fresh Market, the kindergarten, Karin, the dentist, Mobile One, the football club")
USERNAMES = listed("octo-anna, jsmith, kofi42, devlena, night-owl, tomas_k, redpanda, mia.codes, bytebird, hansen7, wei-chen, rosa_l")
BUGS = listed("login button does nothing, export fails on Windows, search ignores umlauts, cursor jumps to the top, menu overlaps the logo, upload stops at 99 percent, date picker shows the wrong month, sound cracks, tooltip never disappears, dark theme is unreadable, import loses the last row, page crashes on rotation, cache is never cleared, memory use keeps growing")
PROJECTS = listed("Apollo, Website relaunch, Mobile app, Office move, Phoenix, Blue Harbor, Data cleanup, Spring catalog, Onboarding, Mercury, Green Roof, Payment rewrite, Trade fair")
PODCASTS = listed("Night Radio, History Bites, Code and Coffee, The Daily Bee, Science Hour, Wild Stories, Money Talk, Ocean Calls, Startup Diaries, Crime Lab, Slow Food, Two Guys One Chess Board")
PLAYLISTS = listed("Road trip, Rainy Sunday, Workout, Dinner jazz, Party hits, Focus, Sleep, Summer 2019, Old school, Cooking, Morning run, Campfire")
VEGETABLES = listed("tomatoes, carrots, lettuce, peas, beans, pumpkins, radishes, spinach, leeks, onions, garlic, beetroot, cabbage, kale, cucumbers, peppers, potatoes, zucchini, corn, parsley")
BEDS = listed("north bed, south bed, greenhouse, herb spiral, raised bed, balcony box, corner bed, front yard, cold frame, rose corner")
CHANNELS = listed("#general, #random, #dev, #marketing, #support, #design, #release, #lunch, #incidents, #hiring, #music")
DISTRICTS = listed("Old Town, Harbor District, Northgate, Riverside, West End, Hillside, Market Quarter, Greenfield, Lakeview, Station Quarter")
CROPS = listed("wheat, barley, corn, potatoes, sunflowers, rapeseed, soybeans, oats, rye, sugar beets, alfalfa")
FIELDS = listed("east field, west field, river meadow, hill field, long acre, mill field, north acre, lower pasture, orchard, church field")
ANIMALS_FARM = listed("cow, goat, sheep, pig, horse, hen, donkey, duck, goose, calf, lamb, pony")
MONSTERS = listed("goblin, troll, dragon, skeleton, giant spider, ogre, wraith, wolf, bandit, ice witch, mimic, cave bear")
LOOT = listed("silver sword, healing potion, rope, old map, lantern, ruby ring, leather shield, lockpick, scroll of fire, bow, magic boots, iron helmet")
PLAYS = listed("Hamlet, The Nutcracker, Swan Lake, Carmen, Cats, Macbeth, Jazz Night, The Magic Flute, Chicago, Comedy Gala, Faust, Rock Legends, The Tempest")
METRICS = listed("cpu usage, memory usage, disk usage, error rate, response time, queue length, request rate, open connections, cache hits, network traffic")
COLUMNS = listed("price, city, total, email, created_at, name, amount, age, status, quantity, country, rating")
SITES = listed("example.com, github.com, webmail, bank portal, forum, wiki, streaming site, school portal, online shop, tax portal, library account")
LINES = listed("line 1, line 2, line 3, line A, line B, packing line, paint line, bottling line, welding cell, assembly 4")
VENUES = listed("Room Oslo, Room Berlin, Aquarium, Boardroom, Think Tank, Blue Room, Attic, Room 204, Room 310, Treehouse, Library corner")
NOTEBOOKS = listed("Work, Ideas, Recipes, Travel, Journal, Reading list, Garden, Research, Kids, Shopping, Lyrics")
SHEETS = listed("Budget, Sales 2024, Inventory, Team hours, Guests, Prices, Forecast, Sheet1, Grades, Travel costs")
INSURED = listed("bicycle, laptop, car, house, boat, violin, camera, caravan, dog, phone, motorbike, garden shed")
TABLES = [str(n) for n in range(1, 31)] + [f"{a}{n}" for a in "ABT" for n in range(1, 13)]
DISHES_TILL = listed("fish and chips, mushroom risotto, caesar salad, onion soup, veal schnitzel, margherita, beef burger, tomato soup, pancakes, apple pie, lamb stew, ramen")
MUSCLES = listed("bench press, deadlift, squat, pull-ups, shoulder press, biceps curl, leg press, rowing machine, lunges, dips")
ZONES = listed("upstairs, downstairs, kids' room, bathroom, bedroom, kitchen, attic, office, hallway, guest room, living room")
HOUSE_DOORS = listed("front door, back door, garage door, garden gate, cellar door, terrace door, side entrance, main gate, office door, shed door")

POOLS.update({
    "medicine": open_pool(MEDICINES, .3, False), "allergen": lambda r: r.choice(ALLERGENS), "airport": open_pool(AIRPORTS, .2), "account": lambda r: r.choice(ACCOUNTS), "payee": made(PAYEES, .4, lambda r: r.choice((person, POOLS["company"]))(r)),
    "doctor": lambda r: f"Dr. {r.choice(LAST) if r.random() < .6 else invented(r).capitalize()}", "username": made(USERNAMES, .5, lambda r: invented(r) + r.choice(("", str(r.randint(1, 99)), "-dev"))), "bug": made(BUGS, .2, lambda r: f"{invented(r)} {r.choice(('button is missing', 'page stays empty', 'view shows error ' + str(r.randint(100, 599)), 'command hangs'))}"),
    "project": open_pool(PROJECTS, .35), "podcast": open_pool(PODCASTS, .3), "setlist": open_pool(PLAYLISTS, .25), "vegetable": lambda r: r.choice(VEGETABLES), "bed": lambda r: r.choice(BEDS), "flight": lambda r: f"{''.join(r.choice('ABDEFKLQSUVX') for _ in range(2))}{r.choice(('', ' '))}{r.randint(10, 9999)}",
    "seat": lambda r: f"{r.randint(1, 42)}{r.choice('ABCDEF')}", "gate": lambda r: f"{r.choice('ABCDEFG')}{r.randint(1, 60)}", "channel": made(CHANNELS, .3, lambda r: "#" + invented(r)),
    "district": open_pool(DISTRICTS, .3), "crop": lambda r: r.choice(CROPS), "field": lambda r: r.choice(FIELDS), "livestock": lambda r: r.choice(ANIMALS_FARM), "monster": open_pool(MONSTERS, .3, False), "loot": open_pool(LOOT, .25, False), "hero": lambda r: r.choice(FIRST) if r.random() < .4 else invented(r).capitalize(),
    "play": open_pool(PLAYS, .3), "metric": lambda r: r.choice(METRICS), "column": open_pool(COLUMNS, .25, False), "site": made(SITES, .3, lambda r: invented(r) + r.choice((".com", ".org", ".net"))),
    "line": lambda r: r.choice(LINES), "venue": made(VENUES, .3, lambda r: "Room " + invented(r).capitalize()), "notebook": open_pool(NOTEBOOKS, .3), "sheet": open_pool(SHEETS, .25),
    "insured": lambda r: r.choice(INSURED), "guesttable": lambda r: r.choice(TABLES), "plate_dish": lambda r: r.choice(DISHES_TILL),
    "lift": lambda r: r.choice(MUSCLES), "zone": lambda r: r.choice(ZONES), "cell": lambda r: f"{r.choice('ABCDEFGHK')}{r.randint(1, 99)}", "roomno": lambda r: str(r.randint(101, 899)),
    "host": lambda r: f"{r.choice(('web', 'db', 'cache', 'mail', 'api', 'node', invented(r)))}-{r.randint(1, 40):02d}", "bucket": lambda r: f"{invented(r)}-{r.choice(('assets', 'backup', 'logs', 'media'))}",
    "imagefile": lambda r: f"{r.choice(('beach', 'party', 'IMG_' + str(r.randint(1000, 9999)), 'logo', 'cat', 'portrait', 'team', invented(r), invented(r)))}{r.choice(('.jpg', '.png', '.webp', '.tif'))}", "housedoor": lambda r: r.choice(HOUSE_DOORS), "secret": lambda r: "".join(r.choice("abcdefghkmnpqrstuvwxyzABCDEFGHKMNPQRST23456789_!#") for _ in range(r.choice((6, 8, 10)))) if r.random() < .5 else f"{invented(r)}{r.choice(('', '-', '_'))}{r.randint(10, 9999)}", "birthdate": lambda r: f"{r.randint(1930, 2020)}-{r.randint(1, 12):02d}-{r.randint(1, 28):02d}", "classname": lambda r: f"{r.randint(1, 12)}{r.choice('abcdABC')}",
})


def read_pools():
    """The pools of pools.txt, one a line: `name: value, value, …`; a quarter of the values that they give is invented."""
    for line in pathlib.Path(__file__).with_name("pools.txt").read_text(encoding="utf-8").splitlines():
        name, _, values = line.partition(":")
        POOLS[name] = open_pool(listed(values), .25, False)


read_pools()
