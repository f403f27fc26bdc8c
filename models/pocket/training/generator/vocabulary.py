"""Many real nouns, grouped by what they have in common: how one is referred to and which properties it has."""

# reference pools|properties|nouns (plural in + s unless given after a slash)
GROUPS = """
code int|price:num(1,900) weight:num(1,90) owner:person|parcel package letter crate box/boxes pallet suitcase bag trunk barrel sack envelope carton container cargo/cargos delivery/deliveries consignment
code|amount:num(1,900) due date:date customer:company|bill receipt payment quote offer estimate purchase sale transaction refund deposit withdrawal check fee fine voucher cheque bond fund account budget expense salary/salaries bonus/bonuses pension tax/taxes mortgage grant donation
New title|owner:person deadline:date progress:int(0,100)|plan task goal milestone assignment initiative proposal draft mission campaign roadmap sprint experiment study/studies survey checklist agenda protocol workflow backlog
person|age:int(1,99) city:city phone:phone|client patient guest visitor tenant teacher pupil worker driver nurse doctor lawyer member candidate applicant donor volunteer intern manager supplier vendor partner neighbor resident citizen passenger pilot sailor soldier player coach trainer judge witness/witnesses author editor reporter singer actor dancer artist chef waiter farmer fisherman baker butcher hunter guard officer detective
room|temperature:num(5,30) size:int(4,200) color:color|wall ceiling floor shelf/shelves cabinet drawer closet wardrobe sofa couch/couches armchair table bench/benches carpet rug mirror clock vase picture bed mattress/mattresses pillow blanket sink shower toilet bathtub stove freezer fridge boiler chimney stairs/stairs balcony/balconies roof gate fence doorbell mailbox/mailboxes
room code|level:int(0,100) mode:enum(auto,manual,eco) power:num(1,900)|lamp heater cooler ventilator dehumidifier humidifier purifier projector screen microphone loudspeaker amplifier router modem switch/switches socket thermostat detector siren intercom scanner copier shredder dryer dishwasher mixer grill toaster kettle vacuum iron sprinkler
code New|speed:num(1,300) fuel:int(0,100) location:city|car bus/buses tram train ferry/ferries ship yacht canoe plane jet helicopter glider balloon motorcycle scooter bicycle tractor crane forklift excavator bulldozer ambulance van wagon locomotive submarine rocket shuttle rover
code|temperature:num(5,400) pressure:num(1,90) status:enum(running,stopped,broken)|engine motor turbine generator compressor furnace kiln press/presses lathe drill saw conveyor belt valve pipe filter nozzle piston bearing gearbox/gearboxes reactor cylinder boiler condenser transformer relay fuse circuit battery/batteries panel inverter cable antenna transmitter receiver
server new|load:int(0,100) memory:int(1,512) version:version|host node instance service daemon process/processes worker cluster database cache queue broker proxy/proxies gateway firewall balancer bucket volume snapshot image registry/registries repository/repositories function endpoint webhook token secret certificate domain zone subnet tunnel
file|size:int(1,9000) author:person date:isodate|document letter memo report spreadsheet presentation slide chart diagram drawing photo video recording transcript archive backup log script module template form manual brochure leaflet catalog poster
title New|author:person year:int(1500,2025) rating:num(1,10)|book novel poem story/stories essay article magazine newspaper comic film movie series/series episode song album concert opera symphony/symphonies play musical painting sculpture photograph exhibition documentary/documentaries podcast
title|date:date time:time room:New|meeting appointment interview lecture seminar workshop class/classes exam rehearsal ceremony/ceremonies wedding funeral festival fair auction race match/matches tournament party/parties picnic reception conference webinar briefing inspection hearing trial
code New|stars:int(1,5) price:num(10,900) city:city|hotel hostel motel inn cabin cottage villa resort camp lodge apartment flat studio loft house castle palace mansion bungalow
New city|height:int(2,9000) length:num(1,900) country:country|mountain hill volcano/volcanoes valley canyon cave river lake waterfall glacier island beach/beaches bay desert forest jungle meadow swamp trail path road highway bridge tunnel dam canal harbor lighthouse tower
dish|price:num(1,90) calories:int(20,1500) portions:int(1,12)|soup salad sandwich/sandwiches pizza burger steak stew curry/curries noodle dumpling pancake omelette pie cake cookie pudding dessert breakfast lunch/lunches dinner snack appetizer sauce smoothie cocktail
item|price:num(1,900) stock:int(0,900) color:color|shirt jacket coat dress/dresses skirt sweater scarf/scarves hat glove boot sandal belt watch/watches ring necklace earring bracelet wallet purse umbrella toy doll puzzle ball racket skateboard guitar piano violin trumpet drum
pet animal|weight:num(0.1,900) age:int(1,40) diet:ingredient|dog cat horse cow pig sheep/sheep goat chicken duck goose/geese turkey rabbit hamster parrot canary/canaries turtle snake lizard fish/fish shark dolphin whale seal penguin bear wolf/wolves fox/foxes lion tiger elephant giraffe zebra monkey bee/bees hive
plant New|height:int(1,300) water:int(1,90) age:int(1,90)|tree bush/bushes flower rose tulip orchid cactus/cacti fern vine seedling hedge lawn orchard vineyard greenhouse garden pot crop field seed
code phrase|severity:enum(low,medium,high) owner:first status:enum(open,closed,waiting)|ticket issue bug incident complaint request claim warning alarm alert error outage defect risk question suggestion review audit case dispute violation
person code|dose:num(1,900) date:isodate doctor:person|prescription vaccine vaccination treatment therapy/therapies surgery/surgeries diagnosis/diagnoses scan test checkup bandage pill medicine allergy/allergies symptom injury/injuries blood_sample x-ray
code int|score:int(0,100) student:person deadline:date|homework/homework essay quiz/quizzes lesson course grade diploma scholarship thesis/theses textbook notebook locker desk classroom
New|members:int(2,90) leader:person city:city|team club band choir orchestra group committee board council union association league school college university/universities company/companies agency/agencies department office branch/branches factory/factories farm bank museum library/libraries theater cinema gallery/galleries hospital clinic pharmacy/pharmacies shop store market mall bakery/bakeries restaurant cafe bar gym church/churches temple station airport port
code|seat:code price:num(5,500) date:date|ticket pass/passes permit license visa passport reservation booking badge card coupon membership subscription policy/policies contract lease agreement warranty/warranties
email person|role:enum(admin,editor,viewer) quota:int(1,100) language:lang|login profile user account mailbox/mailboxes session alias/aliases signature contact subscriber follower
code New|value:num(0,900) unit:unit sensor:code|sample measurement reading signal specimen probe gauge counter dial indicator threshold meter scale thermometer barometer microscope telescope laser magnet
"""

# How people ask for a property without naming it; @ is the thing.
QUESTIONS = {
    "price": ["how much is @", "what does @ cost", "how expensive is @"], "weight": ["how heavy is @", "how much does @ weigh"], "owner": ["who owns @", "who does @ belong to", "whose is @"], "amount": ["how much is @", "what does @ come to"],
    "due date": ["when is @ due", "until when must @ be paid"], "customer": ["who has to pay @", "which customer is @ for"], "deadline": ["until when must @ be done", "when does @ have to be finished"], "progress": ["how far is @", "how far along is @", "is @ nearly done"],
    "age": ["how old is @"], "city": ["where does @ live", "in which city is @"], "phone": ["how can I call @", "what number does @ have"], "temperature": ["how warm is @", "how hot is @", "how cold is @"], "size": ["how big is @", "how large is @"], "color": ["which color does @ have", "is @ red or blue"],
    "level": ["how full is @", "how high is @ set"], "mode": ["in which mode is @", "how is @ set"], "power": ["how strong is @", "how much power does @ use"], "speed": ["how fast is @", "how quick does @ go"], "fuel": ["how much fuel is in @", "does @ need fuel"], "location": ["where is @", "where can I find @"],
    "pressure": ["under how much pressure is @"], "status": ["how is @ doing", "is @ ok", "does @ work", "what about @", "in what state is @"], "load": ["how busy is @", "how loaded is @"], "memory": ["how much memory does @ use"], "version": ["how recent is @", "which release is @ on"],
    "author": ["who wrote @", "who made @", "who created @"], "date": ["when is @", "on which day is @"], "year": ["when was @ made", "from which year is @"], "rating": ["how good is @", "how is @ rated", "do people like @"], "time": ["when does @ start", "at what time is @"], "room": ["in which room is @", "where does @ take place"],
    "stars": ["how good is @", "how many stars does @ have"], "height": ["how high is @", "how tall is @"], "length": ["how long is @"], "country": ["in which country is @"], "calories": ["how many calories does @ have", "how fattening is @"], "portions": ["how many people can eat @"], "stock": ["how many of @ are left", "is @ still available"],
    "diet": ["what does @ eat", "what is @ fed with"], "water": ["how much water does @ need"], "severity": ["how bad is @", "how serious is @"], "dose": ["how much should one take of @"], "doctor": ["which doctor did @"], "score": ["how many points has @"], "student": ["which student wrote @"], "members": ["how many people are in @", "how big is @"],
    "leader": ["who leads @", "who is the boss of @", "who runs @"], "seat": ["where do I sit with @"], "role": ["what is @ allowed to do"], "quota": ["how much space has @"], "language": ["which language does @ speak"], "value": ["what does @ show"], "duration": ["how long does @ take"], "manager": ["who manages @"], "teacher": ["who teaches @"],
    "capacity": ["how much fits into @"], "humidity": ["how damp is it in @"], "depth": ["how deep is @"], "brightness": ["how bright is @"], "volume": ["how loud is @"], "battery": ["how much charge is left in @"], "balance": ["how much money is left on @"], "destination": ["where does @ go"], "format": ["what kind of file is @"],
}


def nouns():
    """(singular, plural, domain, reference pool, properties, held out)."""
    out = []
    for g, line in enumerate(GROUPS.strip().splitlines()):
        refs, attributes, names = line.split("|")
        properties, name = [], ""
        for token in attributes.split():
            if ":" in token:
                n, k = token.split(":", 1)
                properties.append(((name + " " + n).strip(), k)); name = ""
            else: name = (name + " " + token).strip()
        for i, w in enumerate(names.split()):
            s, _, p = w.replace("_", " ").partition("/")
            refs_ = refs.split()
            out.append((s, p or s + "s", "general", refs_[i % len(refs_)], properties, (i + g) % 13 == 5))
    return out
