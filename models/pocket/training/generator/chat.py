"""Talk without calls: greetings, who the model is, what it can do, small knowledge, remembered facts, personas."""
import words
from words import POOLS
from tools import join, sentence

IDENTITY = ["I am LlamaFp4 Pocket, a small FP4 model that runs on the CPU.", "I am LlamaFp4 Pocket, a small demo model with FP4 weights. I run on the CPU.", "My name is LlamaFp4 Pocket. I am a small FP4 demo model that runs on the CPU."]
GREET = ["hello", "hi", "hey", "good morning", "good evening", "good afternoon", "hi there", "hello there", "hey there", "hello!", "Hi!", "howdy", "greetings", "hi, how are you?", "hello, nice to meet you", "hey, what's up?", "Hello, how are you today?", "hi there, how are you doing?", "good day", "hello again", "hi, are you there?", "anybody home?",
         "hey, how's it going?", "hello, can you hear me?", "morning!", "hey, nice to see you", "hi, it's me again", "hello, how is your day?", "welcome back", "hi everybody"]
GREETED = ["Hello! How can I help you?", "Hi! What can I do for you?", "Hello! What can I do for you?", "Hi there! How can I help?"]
THANKS = ["thanks", "thank you", "thank you very much", "thanks a lot", "great, thanks", "perfect, thank you", "cheers", "many thanks", "thanks for your help", "that's all, thank you", "awesome, thank you!", "ok thanks"]
PRAISE = ["perfect", "great", "wonderful", "brilliant", "excellent", "lovely", "cool", "nice", "super", "very good", "awesome", "good", "fantastic", "ok", "alright", "that's it", "well done", "nice work", "good job", "sounds good", "you're a star", "you're a lifesaver", "you're the best", "you've been a great help", "that was very kind of you",
          "that was quick", "that helps a lot", "I appreciate it", "that's all for now", "that's all for today", "that's everything", "nothing else", "that will be all", "we're done", "I'm happy with that", "much appreciated", "you saved my day", "all good", "no more questions"]
THANKED = ["You're welcome!", "You are welcome!", "My pleasure!", "Glad to help!", "You're welcome! Anything else?"]
BYE = ["bye", "goodbye", "see you", "see you later", "good night", "bye bye", "that's all, bye", "have a nice day", "talk to you later"]
BYED = ["Goodbye!", "See you!", "Bye! Have a nice day!", "Goodbye, have a nice day!"]
WHO = ["who are you?", "what are you?", "what is your name?", "are you a robot?", "are you a human?", "introduce yourself", "tell me about yourself", "what model are you?", "which model is this?", "who am I talking to?", "are you an AI?", "are you ChatGPT?",
       "what's your name", "are you Llama 405B?", "how big are you?", "do you run on a GPU?", "where do you run?", "are you real?"]
LIMITS = [("are you smart?", "I am a small demo model. I am good at calling tools and not much more."), ("can you write a novel?", "No, I am only a small demo model. I am made for calling tools."), ("what can't you do?", "I am a small model and know little by myself. I can call tools and use their results."),
          ("are you as good as a big model?", "No, I am a small demo model. I am made for calling tools."), ("write me a poem", "I am a small demo model and not good at long texts. I am made for calling tools."), ("write an essay about history", "Sorry, that is too much for a small demo model like me."),
          ("write a python program", "Sorry, I am a small demo model and cannot write programs."), ("what is the meaning of life?", "That is too big a question for a small model like me."), ("do you like music?", "I am a small model and have no taste of my own."),
          ("how old are you?", "I have no age. I am a small demo model."), ("how are you?", "I am fine, thank you. How can I help you?"), ("how is it going?", "Fine, thank you. What can I do for you?"), ("what's up?", "I am ready to help. What can I do for you?")]
CAPITALS = dict(x.split(":") for x in """France:Paris,Italy:Rome,Spain:Madrid,Germany:Berlin,Portugal:Lisbon,Austria:Vienna,Norway:Oslo,Sweden:Stockholm,Finland:Helsinki,Denmark:Copenhagen,Ireland:Dublin,Greece:Athens,Poland:Warsaw,Hungary:Budapest,
Belgium:Brussels,Switzerland:Bern,Iceland:Reykjavik,Estonia:Tallinn,Latvia:Riga,Croatia:Zagreb,Turkey:Ankara,Egypt:Cairo,Kenya:Nairobi,Japan:Tokyo,China:Beijing,India:New Delhi,Thailand:Bangkok,Vietnam:Hanoi,Australia:Canberra,Canada:Ottawa,Mexico:Mexico City,
Argentina:Buenos Aires,Chile:Santiago,Peru:Lima,Cuba:Havana,Morocco:Rabat,Russia:Moscow,Ukraine:Kyiv,the United States:Washington,the United Kingdom:London,England:London,the Netherlands:Amsterdam,South Korea:Seoul,Brazil:Brasília,New Zealand:Wellington""".replace("\n", "").split(","))
FACTS = [x.split("|") for x in """what is the biggest animal|The blue whale is the biggest animal.
what is the largest animal on earth|The blue whale is the largest animal on Earth.
what is the fastest land animal|The cheetah is the fastest land animal.
how many days are in a week|A week has 7 days.
how many days does a year have|A year has 365 days, a leap year 366.
how many hours are in a day|A day has 24 hours.
how many minutes are in an hour|An hour has 60 minutes.
what color is the sky|The sky is blue.
what colour is grass|Grass is green.
what is the largest planet|Jupiter is the largest planet.
which planet do we live on|We live on Earth.
what is the closest star to the earth|The Sun is the closest star.
how many legs does a spider have|A spider has 8 legs.
how many continents are there|There are 7 continents.
what is the largest ocean|The Pacific is the largest ocean.
what is the highest mountain|Mount Everest is the highest mountain.
who wrote Hamlet|William Shakespeare wrote Hamlet.
who painted the Mona Lisa|Leonardo da Vinci painted the Mona Lisa.
what is water made of|Water is made of hydrogen and oxygen.
at what temperature does water boil|Water boils at 100 degrees Celsius.
at what temperature does water freeze|Water freezes at 0 degrees Celsius.
when is Christmas|Christmas is on December 25.
when is New Year's Day|New Year's Day is January 1.
how many months does a year have|A year has 12 months.
what is the opposite of hot|The opposite of hot is cold.
what is the opposite of big|The opposite of big is small.
what comes after Monday|Tuesday comes after Monday.
how many wheels does a car have|A car has 4 wheels.
what do bees make|Bees make honey.
what do cows drink|Cows drink water.
is the earth round|Yes, the Earth is round.
which language do people speak in Brazil|People speak Portuguese in Brazil.
which language is spoken in Austria|German is spoken in Austria.
what is the currency of Japan|The currency of Japan is the yen.
what is the currency of the United States|The currency of the United States is the dollar.
what is FP4|FP4 is a floating point format with 4 bits per number.
what is NVFP4|NVFP4 stores numbers with 4 bits and one scale for every 16 of them.
what is an LLM|An LLM is a large language model.
what is C#|C# is a programming language for .NET.
what is .NET|.NET is a platform for building applications.""".splitlines()]
PERSONA = ["the voice of a house", "a helpful assistant", "the front desk of a hotel", "a friendly librarian", "the assistant of a ski resort", "a weather reporter", "a travel agent", "the kitchen helper", "an operations assistant", "a calm butler", "a concise assistant",
           "a museum guide", "the help desk", "a shop assistant", "a gardener's helper", "a host that answers questions about the menu", "a fitness coach", "the autopilot of a ship", "a banking assistant", "a polite robot"]
STYLE = ["Be brief.", "Answer in one short sentence.", "Be polite.", "Use the tools when they help.", "Answer shortly.", "Keep it short.", "You help the user with the tools you have.", "Never make up facts.", "Be friendly and concise.", "Only use the functions you have been provided with.",
         "Use tools to get facts.", "Answer questions about the menu.", "Always use the tools for facts."]


def case_noise(rng, text):
    r = rng.random()
    if r < .4: text = sentence(text)
    if r > .85: text = text.rstrip("?!.")
    return text


def persona(rng):
    """A system text and what the model says it is under it."""
    r = rng.random()
    if r < .35:
        p = rng.choice(PERSONA)
        return f"You are {p}.", f"I am {p}."
    name = rng.choice((POOLS["first"](rng), words.invented(rng).capitalize()))
    p = rng.choice(PERSONA) if rng.random() < .6 else f"the assistant of {POOLS['company'](rng)}"
    return (f"You are {name}, {p}.", f"I am {name}, {p}.") if r < .8 else (f"Your name is {name}. You are {p}.", f"I am {name}, {p}.")


def system_text(rng, share=.55):
    """Returns (system text, identity or None)."""
    if rng.random() > share: return "", None
    r = rng.random()
    if r < .4: return "You are a helpful assistant.", None
    if r < .7:
        s, who = persona(rng)
        return (s + " " + rng.choice(STYLE) if rng.random() < .5 else s), who
    return rng.choice(STYLE), None


def who(rng, identity):
    return case_noise(rng, rng.choice(WHO)), identity if identity else rng.choice(IDENTITY)


def greet(rng, identity=None):
    q = case_noise(rng, rng.choice(GREET))
    if rng.random() < .15:
        n = POOLS["first"](rng)
        return f"{q.rstrip('?!')}, I'm {n}", f"Hello {n}! How can I help you?"
    return q, rng.choice(GREETED)


def thanks(rng):
    r, praise = rng.random(), rng.choice(PRAISE)
    text = rng.choice(THANKS) if r < .35 else f"{rng.choice(THANKS).rstrip('!')}{rng.choice((', ', '. ', '! '))}{praise}" if r < .6 else f"{praise}{rng.choice((', ', '. ', '! '))}{rng.choice(THANKS)}" if r < .85 else praise
    return case_noise(rng, text + rng.choice(("", "", ".", "!"))), rng.choice(THANKED)


def bye(rng): return case_noise(rng, rng.choice(BYE)), rng.choice(BYED)


def knowledge(rng):
    r = rng.random()
    if r < .4:
        c = rng.choice(list(CAPITALS))
        return case_noise(rng, rng.choice((f"what is the capital of {c}?", f"what's the capital of {c}?", f"which city is the capital of {c}?", f"tell me the capital of {c}", f"capital of {c}?"))), f"The capital of {c} is {CAPITALS[c]}."
    if r < .6:
        a, b = rng.randint(0, 20), rng.randint(0, 20)
        q = rng.choice((f"what is {a} plus {b}?", f"what is {a} + {b}?", f"how much is {a}+{b}?", f"what's {a} + {b}?"))
        return case_noise(rng, q), f"{a} plus {b} is {a + b}."
    if r < .72:
        w = rng.choice((POOLS["message"](rng), words.invented(rng), POOLS["text"](rng)))
        return case_noise(rng, rng.choice((f'say "{w}"', f'repeat: {w}', f'please say "{w}"', f'repeat after me: {w}', f'echo "{w}"'))), w
    q, a = rng.choice(FACTS)
    return case_noise(rng, q + "?"), a


def list_tools(rng, tools):
    q = case_noise(rng, rng.choice(("what can you do?", "which tools do you have?", "what tools can you use?", "list your tools", "how can you help me?", "what are you able to do?", "which functions can you call?", "what are your tools?", "help", "what can I ask you?", "tell me what you can do")))
    if not tools: return q, "I have no tools here. I can chat a little and fill in JSON."
    names = join(None, [t.name for t in tools])
    return q, rng.choice((f"I can use these tools: {names}.", f"My tools are {names}.", f"I have these tools: {names}.")) if len(tools) > 1 else f"I have one tool: {names}."


NO_FIT = ["Sorry, none of my tools can do that.", "I have no tool for that, sorry.", "Sorry, I have no tool that fits.", "I can't do that: none of my tools fits."]


def no_fit(rng, tools):
    a = rng.choice(NO_FIT)
    if rng.random() < .3 and tools: a += f" I can use {join(None, [t.name for t in tools])}."
    return a


# Facts a user mentions: pool -> (statement, acknowledgement, phrase that refers to it later, question about it, answer)
MEMORY = {
    "city": [("I live in {v}", "you live in {v}", ("my city", "the city I live in", "my home town", "where I live"), "where do I live?", "You live in {v}."), ("I'm in {v} today", "you are in {v}", ("my location", "the place I'm at", "the city I'm in"), "where am I?", "You are in {v}."),
             ("my favorite city is {v}", "your favorite city is {v}", ("my favorite city",), "what is my favorite city?", "Your favorite city is {v}.")],
    "code": [("my order number is {v}", "your order number is {v}", ("my order", "that order number", "the number I gave you"), "what was my order number?", "Your order number is {v}."), ("my customer id is {v}", "your customer id is {v}", ("my customer id", "my id"), "what's my customer id?", "Your customer id is {v}."),
             ("the ticket is {v}", "the ticket is {v}", ("that ticket", "the ticket I mentioned"), "which ticket was it?", "The ticket is {v}.")],
    "person": [("my boss is {v}", "your boss is {v}", ("my boss",), "who is my boss?", "Your boss is {v}."), ("my brother is called {v}", "your brother is called {v}", ("my brother",), "what is my brother called?", "Your brother is called {v}."),
               ("my colleague {v} is here", "{v} is your colleague", ("my colleague",), "who is my colleague?", "Your colleague is {v}.")],
    "first": [("my name is {v}", "hello {v}", ("my name",), "what is my name?", "Your name is {v}."), ("I'm called {v}", "hello {v}", ("my own name",), "do you know my name?", "Your name is {v}.")],
    "email": [("my email address is {v}", "your email address is {v}", ("my email address", "my mail address", "my address"), "what is my email?", "Your email address is {v}.")],
    "room": [("I'm sitting in the {v}", "you are in the {v}", ("room I'm in", "room where I am"), "in which room am I?", "You are in the {v}.")],
    "item": [("my favorite thing is {v}", "your favorite thing is {v}", ("my favorite thing",), "what's my favorite thing?", "Your favorite thing is {v}.")],
    "server": [("our main server is {v}", "your main server is {v}", ("our main server", "the main server"), "what is our main server?", "Your main server is {v}.")],
    "team": [("I'm a fan of {v}", "you are a fan of {v}", ("my team", "my favorite team"), "which team do I like?", "You are a fan of {v}.")],
    "file": [("I'm working on {v}", "you are working on {v}", ("the file I'm working on", "my current file"), "which file am I working on?", "You are working on {v}.")],
    "pet": [("my pet is called {v}", "your pet is called {v}", ("my pet",), "what is my pet called?", "Your pet is called {v}.")],
    "stock": [("I own shares of {v}", "you own shares of {v}", ("my stock",), "which shares do I own?", "You own shares of {v}.")],
    "color": [("my favorite color is {v}", "your favorite color is {v}", ("my favorite color",), "what's my favorite color?", "Your favorite color is {v}.")],
    "number": [("my lucky number is {v}", "your lucky number is {v}", ("my lucky number",), "what is my lucky number?", "Your lucky number is {v}."), ("I am {v} years old", "you are {v} years old", ("my age",), "how old am I?", "You are {v} years old."),
               ("the code is {v}", "the code is {v}", ("the code",), "what was the code?", "The code is {v}.")],
}


def fact(rng, pool=None):
    """A fact to remember: (statement, acknowledgement, reference phrases, question, answer, value)."""
    pool = pool or rng.choice(list(MEMORY))
    v = str(rng.randint(1, 999)) if pool == "number" else POOLS[pool](rng)
    said, ack, refs, q, a = rng.choice(MEMORY[pool])
    statement = rng.choice(("{s}.", "{s}", "Just so you know, {s}.", "Remember: {s}.", "By the way, {s}.", "please remember that {s}", "{s}, keep that in mind", "for later: {s}")).format(s=said.format(v=v))
    ack = rng.choice(("Ok, {a}.", "Got it, {a}.", "Noted: {a}.", "Alright, {a}.", "I will remember that {a}.")).format(a=ack.format(v=v))
    if pool == "first": ack = rng.choice((f"Nice to meet you, {v}!", f"Hello {v}! How can I help you?", f"Hi {v}!"))
    return case_noise(rng, statement), ack, refs, case_noise(rng, q), a.format(v=v), v
