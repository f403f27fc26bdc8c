"""Words that mean about the same: the tool's description uses one of a group, the user another."""
GROUPS = [g.split() for g in """
buy purchase acquire order
begin start launch commence
end finish conclude complete
stop halt cease
help assist support
make create produce build
fix repair mend
delete remove erase discard
find locate discover
search seek look
show display present
hide conceal mask
send dispatch transmit deliver
receive get obtain
fetch retrieve bring
give provide supply hand
take grab seize
keep retain hold store
save store preserve
open unlock
close shut
lock secure seal
lift raise
lower reduce decrease
increase raise boost grow
big large huge
small little tiny
fast quick rapid speedy
slow sluggish
old ancient aged
new fresh recent
good fine great
bad poor terrible
happy glad cheerful
sad unhappy gloomy
angry mad furious
smart clever bright
easy simple
hard difficult tough
cheap inexpensive affordable
expensive costly pricey
rich wealthy
empty vacant free
full packed crowded
clean tidy pure
dirty filthy soiled
hot warm heated
cold cool chilly
wet damp moist
dry arid
loud noisy
quiet silent calm
dark dim gloomy
bright light shiny
safe secure protected
dangerous risky hazardous
broken damaged defective
sick ill unwell
tired exhausted weary
hungry starving
thirsty parched
car vehicle automobile
truck lorry
bike bicycle cycle
plane aircraft airplane
ship vessel boat
train railway
road street lane
house home building
flat apartment
room chamber
garden yard
shop store
office workplace
job work occupation
boss manager chief
worker employee
customer client buyer
friend buddy pal
child kid
children kids
baby infant
man guy
woman lady
people persons folks
doctor physician medic
nurse caregiver
teacher instructor tutor
student pupil learner
lawyer attorney
police cops
thief robber burglar
movie film
picture photo image
photo picture snapshot
song track tune
book volume
story tale
letter message
message note
mail email
phone call ring
call phone ring
talk speak chat
tell inform notify
ask inquire question
answer reply response
question query
idea thought
plan schedule
schedule timetable agenda
meeting appointment session
party celebration
holiday vacation
trip journey travel
visit tour
hotel inn lodging
food meal
meal dish
drink beverage
bread loaf
meat steak
fruit apple
vegetables greens
breakfast morning
dinner supper
cook prepare
eat consume
restaurant diner eatery
money cash funds
price cost fee
pay settle
bill invoice
loan credit
salary wage pay
tax duty
profit gain earnings
loss deficit
discount rebate reduction
gift present
sale deal offer
weather climate
rain shower
storm tempest gale
wind breeze
snow sleet
sun sunshine
fog mist
temperature heat warmth
sea ocean
river stream
mountain peak hill
forest woods
animal creature beast
dog hound puppy
cat kitten
bird fowl
fish trout
plant herb
tree oak
flower blossom
clothes garments clothing
shirt blouse
shoes boots footwear
jacket coat
bag sack pack
box case container
bottle flask
cup mug
plate dish
knife blade
chair seat
table desk
bed bunk
lamp light
door entrance gate
window pane
wall barrier
key code
picture drawing
map chart
list catalog
number figure digit
sum total
average mean
count tally
measure gauge
weigh weight
height altitude elevation
length distance
speed velocity pace
time hour
date day
today now
clock watch
alarm wakeup
timer countdown
reminder memo
calendar diary planner
year annual
month monthly
week weekly
daily everyday
computer machine pc
server host
network web
internet online
website page site
password passcode
account profile
user member
file document
folder directory
copy duplicate clone
print output
screen monitor display
keyboard keys
error fault failure
bug defect issue
problem issue trouble
solution fix remedy
test check exam
check verify inspect
examine inspect study
update refresh renew
change modify alter
edit revise
rename retitle
move shift transfer
sort order arrange
join connect link
split divide separate
merge combine unite
compare contrast
choose select pick
accept approve
refuse reject decline
allow permit
forbid ban block prohibit
cancel abort
confirm acknowledge
remember recall
forget omit
learn study
teach train
read peruse
write compose
draw sketch
paint color
sing chant
dance ballet
play perform
win victory
lose defeat
game match
team squad club
score result
prize award
race run
walk stroll hike
run jog sprint
swim bathe
jump leap
throw toss
catch capture
climb ascend
drive steer
fly soar
ride travel
park leave
wait pause
hurry rush
sleep nap rest
wake rouse
dream vision
wash clean rinse
cut slice trim
tear rip
glue stick
burn fire
freeze chill
melt thaw
boil simmer
mix blend stir
fill load
pour spill
hang suspend
hit strike
push press
pull drag
turn rotate spin
open unfold
wrap pack
ship freight
parcel package
stock inventory supplies
warehouse depot
factory plant
tool instrument
engine motor
fuel petrol gas
battery cell
electricity power energy
water liquid
oil grease
wood timber
metal steel iron
glass crystal
paper sheet
stone rock
gold treasure
health wellness
pain ache
medicine drug remedy
hospital clinic
injury wound
heart pulse
blood plasma
exercise workout training
weight pounds
diet nutrition
law rule regulation
contract agreement
court tribunal
crime offense
judge referee
news headlines
newspaper journal
report summary
article essay
topic subject theme
language tongue
word term
meaning sense definition
translate interpret
spell orthography
joke pun gag
quote saying
poem verse
rumor gossip
secret mystery
truth fact
lie falsehood
luck fortune
chance odds probability
risk danger
goal aim target
task chore duty
progress advance
team crew staff
leader head captain
owner holder
neighbor resident
guest visitor
stranger foreigner
country nation state
city town
village hamlet
capital metropolis
border frontier
flag banner
king monarch ruler
war conflict battle
peace truce
vote ballot election
school academy
university college
class course lesson
grade mark
homework assignment
library archive
museum gallery
church chapel
theater stage
concert gig
ticket pass
seat place
queue line
entry admission
exit way
floor level story
elevator lift
stairs steps
heating radiator
kitchen galley
bathroom washroom restroom
bedroom dormitory
cellar basement
roof rooftop
fence hedge
lawn grass
soil earth ground
seed grain
harvest crop
farm ranch
cow cattle
pig swine
sheep lamb
chicken hen
horse pony
""".strip().splitlines()]
OF = {}
for _g in GROUPS:
    for _w in _g: OF.setdefault(_w, []).extend(x for x in _g if x != _w)
STOP = set("""this that with from have has had the and for you your are was were will would could should can may what which when where who how why about into onto over under than then them they their there here some any all more most much many just
please need want like each every other another same such only also very been being does did done make made give given take taken gets goes going know known tell told after before between both while until because these those its it's isn't don't can't let's without within
called named number name first last next""".split())


def everyday(texts):
    """The distinct plain words of some texts, to build keyword tools from."""
    import re
    found = set(OF)
    for t in texts:
        for w in re.findall(r"[a-z]+", re.sub(r"\{[^}]*\}", " ", t.lower())):
            if 4 <= len(w) <= 12 and w not in STOP: found.add(w)
    return sorted(found)
