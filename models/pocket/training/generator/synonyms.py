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
mute silence hush
notify alert inform warn
permit allow authorize grant
forbid ban prohibit deny refuse
approve accept confirm okay
reject decline dismiss
assign allot allocate delegate
appoint nominate designate
hire employ recruit engage
dismiss sack fire
promote advance upgrade
postpone delay defer shift
cancel abort revoke scrap
renew extend prolong
expire lapse
reserve book
schedule plan arrange
attend visit join
invite ask bid
host organize
register enroll sign
deregister withdraw quit leave
log record note track
measure gauge assess
weigh balance scale
count tally total
calculate compute reckon
estimate guess approximate
compare contrast match
sort order rank arrange
filter sift narrow
group cluster bundle
merge combine join unite fuse
copy duplicate clone replicate
paste insert embed
rename relabel retitle
move relocate transfer shift
swap exchange switch trade
replace substitute
restore recover revert undo
backup archive
compress zip shrink
expand unpack extract
encrypt cipher
decrypt decode
upload push
download pull
sync synchronize
publish release issue
hide conceal
highlight emphasize mark
flag tag label
comment remark annotate
reply respond answer
forward relay pass
escalate raise
resolve settle solve
reopen resume
pause suspend freeze
continue proceed
repeat redo retry
skip omit bypass
test try check verify
inspect examine review audit
monitor watch observe supervise
diagnose troubleshoot
debug troubleshoot
deploy roll launch ship
scale resize
restart reboot relaunch
shutdown poweroff halt
kill terminate end
install setup mount
uninstall remove
configure adjust tune set
enable activate
disable deactivate
connect attach link pair
disconnect detach unplug
charge recharge
drain empty
fill refill top
heat warm
cool chill
freeze ice
boil cook simmer
bake roast
slice cut chop
mix stir blend
pour serve
taste flavor
wash rinse clean scrub
dry towel
iron press
fold crease
sweep vacuum hoover
dust wipe polish
tidy declutter neaten
decorate adorn
paint coat color
repair mend patch
build construct assemble erect
demolish dismantle
dig excavate
plant sow
water irrigate sprinkle
prune trim clip
mow cut
fertilize feed manure
harvest pick reap
breed raise
milk dairy
swim dive
ride cycle
park garage
tow haul
refuel tank gas
ship send freight
deliver bring drop
collect pickup gather
load stow
unload discharge
pack wrap box
unpack unwrap
stock inventory supply
shortage lack scarcity
surplus excess
return refund
price cost rate fee charge
tax duty levy
invoice bill
receipt voucher slip
payment transaction
salary wage pay income earnings
expense spending cost outlay
budget funds allowance
loan credit debt
interest yield
profit gain margin
invest fund
stock share equity
currency money cash
bank account
deposit lodge
transfer wire remit
donate give contribute
borrow lend
rent lease hire
tenant renter lodger
landlord owner
contract agreement deal
clause term condition
signature autograph
lawyer attorney counsel
judge magistrate
crime offence
police officer cop
thief burglar robber
steal rob pinch swipe
fine penalty
license permit
insurance cover policy
claim demand
accident crash collision
injury wound hurt
illness disease sickness
fever temperature
cough cold
nurse carer
hospital clinic ward
pharmacy chemist drugstore
medicine drug pill medication
dose dosage
appointment date slot
surgery operation
therapy treatment
calorie energy
weight mass
height tallness
age years
sleep rest nap snooze
awake wake
meal dish food
breakfast brunch
snack bite
recipe instructions
ingredient component
menu card
waiter server
table seat
hotel inn lodge
luggage baggage suitcase
flight plane airplane
train railway rail
bus coach
ship boat vessel
taxi cab ride
bike bicycle
ticket pass fare
gate platform
departure leaving
arrival landing
route way path
map chart plan
distance length
speed pace velocity
traffic congestion jam
weather climate forecast
rain shower drizzle
umbrella raincoat
storm gale tempest
snow blizzard
cloud overcast
fog mist haze
hot boiling sweltering
cold freezing chilly icy
bright light
quiet silent still
light lamp bulb
curtain blind shade
heater radiator heating
fan ventilator
oven stove cooker
fridge refrigerator
freezer icebox
dishwasher dishes
washer laundry
vacuum hoover crumbs dust
garage carport
key lock
alarm siren
camera webcam
sensor detector probe
battery power charge
plug socket outlet
cable wire cord
signal sign
network internet wifi
router modem
server host machine
database db store
table relation
column field
row record entry
query question search
path location
image picture photo
video clip movie film
music song track tune
album record
artist singer musician
playlist mix
volume loudness
channel station
show program series
episode part
book novel
author writer
library collection
page sheet
chapter section
sentence phrase
translation rendering
summary abstract digest
note memo
message text
mail email letter
inbox mailbox
attachment enclosure
address location
phone telephone
call ring dial
contact person
friend buddy pal mate
colleague coworker
employee worker staff
team crew squad
department division
company firm business enterprise
client customer buyer
supplier vendor seller
meeting conference session
agenda program
event occasion happening
calendar diary
deadline due
task chore todo job
project undertaking
milestone goal
progress advance status
report statement
issue problem bug defect fault
incident outage failure
error mistake
warning caution
request demand
ticket case
feature function
version revision edition
branch fork
commit change
test trial exam
grade mark score
lesson class course
subject topic theme
quiz test
game match play
player gamer
team club
goal point
win victory triumph
league tournament
coach trainer
workout exercise training
gym fitness
steps walk
machine device apparatus
pump compressor
valve tap faucet
pipe tube
tank container vessel
pressure force
temperature heat degrees
level height
speed rpm
part component piece
screw bolt
material substance stuff
sample specimen
batch lot
quality grade
warehouse depot storehouse
shelf rack
pallet skid
order purchase
product item article goods
brand make
size dimension
colour color hue
shape form
amount quantity number
limit cap maximum
minimum floor
share portion part
half fifty
double twice
empty vacant free available
busy occupied taken
lost missing gone
found discovered
stolen pinched
late delayed overdue
early ahead
ready prepared
urgent pressing critical
important vital
secret private confidential
public open
old former previous
next following upcoming
current present actual
recent latest newest
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
