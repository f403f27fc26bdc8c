"""Families from tables: many small tools of daily life, one line each, with the words people really use for them.

The lines give names, phrases and the kinds of the arguments; `build` turns them into families. Every fourteenth line is held out of training.
"""
from tools import Arg, Family, parse_kind

PLACE = "place|city|location|town"
# Something measured at a place: name|questions (@ is the place)|value|sentence
METRICS = """
humidity|how humid is it in @;how damp is the air in @|int(5,100)|The humidity in @ is # percent.
uv index|how strong is the sun in @;do I need sunscreen in @|int(0,12)|The UV index in @ is #.
pollen count|how much pollen is there in @;will my hay fever act up in @|int(0,300)|The pollen count in @ is #.
snow depth|how much snow is there in @;how deep is the snow in @|int(0,300)|There are # cm of snow in @.
water temperature|how warm is the sea in @;can I swim in @ today;how cold is the water in @|int(2,30)|The water in @ has # degrees.
rainfall|how much did it rain in @;how wet was it in @|num(0,90)|# mm of rain fell in @.
visibility|how far can I see in @;is it foggy in @|num(0,40)|The visibility in @ is # km.
traffic|how bad is the traffic in @;are the roads busy in @;are there traffic jams in @|enum(light,heavy,jammed,normal)|The traffic in @ is #.
gas price|how much is petrol in @;what does fuel cost in @|num(1,3)|Gas costs # in @.
rent|how expensive are flats in @;what does an apartment cost in @|int(300,4000)|The rent in @ is #.
elevation|how high is @;how far above the sea is @|int(0,4000)|@ lies at # m.
time zone|which time zone is @ in;in what time zone is @|str.code|The time zone of @ is #.
area code|what is the dialing code of @;which prefix do I dial for @|int(10,9999)|The area code of @ is #.
zip code|what is the postal code of @;which postcode has @|str.code|The zip code of @ is #.
mayor|who is the mayor of @;who governs @|str.person|The mayor of @ is #.
river level|how high is the river in @;is the river flooding in @|num(0,12)|The river in @ is at # m.
earthquake risk|are there earthquakes in @;is the ground shaking in @|enum(low,medium,high)|The earthquake risk in @ is #.
sunrise|when does the sun rise in @;when does it get light in @|str.time|The sun rises at # in @.
moon phase|which moon can I see in @;is it full moon in @|enum(full moon,new moon,half moon)|It is # in @.
high tide|when is high water in @;when does the tide come in at @|str.time|High tide in @ is at #.
crime rate|how safe is @;is @ dangerous|int(1,99)|The crime rate in @ is #.
unemployment|how many people have no job in @|num(1,20)|The unemployment in @ is # percent.
internet speed|how fast is the internet in @;how good is the connection in @|int(5,900)|The internet in @ runs at # Mbit.
noise level|how loud is it in @;is it quiet in @|int(20,120)|The noise level in @ is # dB.
ski conditions|can I ski in @;how are the slopes in @|enum(good,icy,closed,powder)|The ski conditions in @ are #.
surf report|how are the waves in @;can I surf in @|num(0,6)|The waves in @ are # m.
bus departures|when does the next bus leave in @;which bus goes from @|str.time|The next bus in @ leaves at #.
events|what's going on in @;what can I do in @ tonight;anything happening in @|str.title|In @ there is #.
museums|which museum can I visit in @;is there a good exhibition in @|str.New|In @ you can visit #.
restaurants|where can I eat in @;any good food in @|str.restaurant|In @ you can eat at #.
pharmacy|where can I buy medicine in @;which pharmacy is open in @|str.New|The pharmacy in @ is #.
parking fee|what does parking cost in @;how much do I pay to park in @|num(0,9)|Parking in @ costs #.
power outage|is the power out in @;do they have electricity in @|enum(yes,no,partly)|Power outage in @: #.
wildfire|is there a fire near @;is it burning around @|enum(yes,no)|Fire near @: #.
"""

# Something reported in a quantity: name|what it is called|unit|sentences said by the user (# is the number)
LOGS = """
calories|calories|calories|I ate # calories;I had a meal of # calories;add # calories to my diary
mood|mood|points|my mood is # today;I feel like a # out of ten;rate my mood with #
sleep hours|hours of sleep|hours|I slept # hours;I got # hours of sleep last night
run|kilometers run|km|I ran # kilometers;I jogged # km this morning;my run was # km long
steps|steps|steps|I walked # steps;I made # steps today
pages|pages read|pages|I read # pages;I got through # pages of my book
coffee|cups of coffee|cups|I drank # cups of coffee;I had # coffees today
blood pressure|blood pressure|mmHg|my blood pressure is #;the doctor measured # for my blood pressure
heart rate|heart rate|bpm|my pulse is #;my heart beats # times a minute
body temperature|body temperature|degrees|I have a temperature of #;the thermometer shows #
blood sugar|blood sugar|mg|my blood sugar is #;my glucose reading is #
pushups|pushups|times|I did # pushups;I managed # push-ups
meditation|minutes of meditation|minutes|I meditated for # minutes;I sat still for # minutes
study time|minutes of study|minutes|I studied for # minutes;I learned for # minutes
work hours|hours of work|hours|I worked # hours;put down # hours for today;I was in the office for # hours
mileage|kilometers driven|km|I drove # kilometers;the car did # km today
fuel|liters of fuel|liters|I filled up # liters;I put # litres in the tank
savings|money saved|dollars|I saved # dollars;put # dollars aside
screen time|minutes of screen time|minutes|I looked at my phone for # minutes
cigarettes|cigarettes|pieces|I smoked # cigarettes
alcohol|glasses of wine|glasses|I drank # glasses of wine;I had # beers
bike ride|kilometers cycled|km|I cycled # km;my bike ride was # kilometers
laps|laps swum|laps|I swam # laps;I did # laps in the pool
waist|waist in cm|cm|my waist is # cm;I measure # cm around the waist
rent paid|rent paid|dollars|I paid # dollars of rent;the rent of # is paid
donation|donation|dollars|I donated # dollars;I gave # dollars to charity
sales|sales|pieces|we sold # pieces;# were sold today
visitors|visitors|people|we had # visitors;# people came today
eggs|eggs collected|eggs|the hens laid # eggs;I collected # eggs
rain gauge|rain in mm|mm|the rain gauge shows #;we had # mm of rain
"""

# Something to book: name|object of the verb|who or what is booked is named by this argument|forms beside "book"
BOOKINGS = """
tennis court|a tennis court|court:str.New|I want to play tennis at {time} on {date}, court {court}
haircut|a haircut|salon:str.New|my hair needs cutting at {salon} on {date} at {time}
massage|a massage|therapist:str.person|I'd like {therapist} to give me a massage on {date} at {time}
boat|a boat|boat:str.New|we want to sail with the {boat} on {date} at {time}
city tour|a city tour|city:str.city|I'd like to be shown around {city} on {date} at {time}
driving lesson|a driving lesson|instructor:str.person|I'm learning to drive with {instructor} on {date} at {time}
photo session|a photo session|photographer:str.person|{photographer} should take pictures of us on {date} at {time}
babysitter|a babysitter|name:str.person|{name} should watch the kids on {date} at {time}
cleaning|a cleaning|address:str.street|{address} has to be cleaned on {date} at {time}
car wash|a car wash|plate:str.code|my car {plate} is dirty, I'm free on {date} at {time}
dentist|a dentist appointment|dentist:str.person|my tooth hurts, {dentist} should see me on {date} at {time}
plumber|a plumber|name:str.person|the pipe leaks, {name} should come on {date} at {time}
moving van|a moving van|company:str.company|we are moving on {date} at {time} with {company}
piano tuner|a piano tuner|name:str.person|the piano is out of tune, {name} should come on {date} at {time}
climbing course|a climbing course|trainer:str.person|I'd like to climb with {trainer} on {date} at {time}
studio|a recording studio|studio:str.New|we need to record at {studio} on {date} at {time}
sauna|the sauna|name:str.New|I want to sweat at {name} on {date} at {time}
karaoke room|a karaoke room|bar:str.New|we want to sing at {bar} on {date} at {time}
interpreter|an interpreter|language:str.lang|somebody has to speak {language} for us on {date} at {time}
caterer|a caterer|company:str.company|{company} should bring the food on {date} at {time}
locksmith|a locksmith|address:str.street|I'm locked out at {address}, come on {date} at {time}
yoga class|a yoga class|teacher:str.person|I'd like to do yoga with {teacher} on {date} at {time}
helicopter|a helicopter|pilot:str.person|{pilot} should fly us on {date} at {time}
shuttle|a shuttle|hotel:str.hotel|pick us up at {hotel} on {date} at {time}
"""

# Numbers in, a number out: name words|descriptions|args|forms
MATHS = """
sum list/add up/total|Add up a list of numbers;Returns the sum of several numbers|numbers:list.int|add up {numbers};what is the sum of {numbers};how much are {numbers} together;total {numbers}
maximum/find max/largest number|Largest of several numbers;Returns the biggest value|numbers:list.int|which is the largest of {numbers};what is the biggest number in {numbers};find the maximum of {numbers}
minimum/find min/smallest number|Smallest of several numbers;Returns the lowest value|values:list.int|which is the smallest of {values};what's the lowest of {values};find the minimum of {values}
sort numbers/order numbers|Sort numbers by size;Puts numbers in ascending order|list:list.int|sort {list};put {list} in order;order these numbers: {list}
median/calculate median|Median of numbers;Returns the middle value of a list|numbers:list.int|what is the median of {numbers};find the middle value of {numbers}
product of list/multiply all|Multiply a list of numbers;Product of several numbers|factors:list.int|multiply all of these: {factors};what is the product of {factors}
power/exponent/raise|Raise a number to a power;Computes base to the exponent|base:int(2,30) exponent:int(2,9)|what is {base} to the power of {exponent};raise {base} to {exponent};calculate {base} to the {exponent}
factorial/compute factorial|Factorial of a number;Product of all numbers up to n|n:int(1,20)|what is the factorial of {n};calculate {n} factorial;compute {n}!
is prime/check prime|Tell whether a number is prime;Primality test|number:int(2,9999)|is {number} a prime number;check whether {number} is prime;is {number} prime
gcd/greatest common divisor|Greatest common divisor of two numbers;Largest number that divides both|a:int(2,900) b:int(2,900)|what is the greatest common divisor of {a} and {b};which is the largest number that divides {a} and {b}
round number/round|Round a number to digits;Rounds to some decimals|value:num(0,900) digits:int(0,3)|round {value} to {digits} digits;give me {value} with {digits} decimals
logarithm/log10|Logarithm of a number;Returns the log|x:int(1,9000)|what is the logarithm of {x};take the log of {x}
circle area/area of circle|Area of a circle;Area from the radius|radius:num(1,90)|what is the area of a circle with radius {radius};how big is a circle of radius {radius}
rectangle area/area|Area of a rectangle;Width times height|width:num(1,90) height:num(1,90)|what is the area of a rectangle of {width} by {height};how many square meters are {width} times {height} meters
interest/compound interest|Interest on an amount of money;Computes what savings grow to|amount:int(100,9000) rate:num(1,12) years:int(1,30)|what do {amount} dollars become in {years} years at {rate} percent;how much interest do {amount} bring at {rate} percent over {years} years
discount/apply discount|Price after a discount;Subtracts a percentage from a price|price:num(5,900) percent:int(5,80)|what is {price} with {percent} percent off;take {percent} percent off {price};how much is {price} after a discount of {percent} percent
vat/add tax/sales tax|Add tax to a price;Computes the gross price|net:num(5,900) rate:int(5,25)|add {rate} percent tax to {net};what is {net} including {rate} percent VAT
loan payment/mortgage|Monthly payment of a loan;Computes the rate of a mortgage|amount:int(1000,90000) months:int(6,360)|what do I pay per month for a loan of {amount} over {months} months;what is the monthly rate for {amount} in {months} months
percent change/growth|Change from one number to another in percent;Growth rate|old:int(1,900) new:int(1,900)|by how many percent is {new} more than {old};what is the change from {old} to {new} in percent
age/calculate age|Age of somebody born in a year;How old a person is|year:int(1930,2020)|how old is someone born in {year};what age has a person from {year}
binary/to binary|Write a number in binary;Converts decimal to binary|number:int(1,999)|what is {number} in binary;convert {number} to binary
roman/to roman numeral|Write a number as a Roman numeral;Roman numerals|number:int(1,3000)|how do the Romans write {number};what is {number} in Roman numerals
modulo/remainder|Remainder of a division;Computes a mod b|a:int(1,900) b:int(2,60)|what remains if I divide {a} by {b};what is {a} modulo {b}
fuel cost/trip cost|Cost of the fuel for a trip;What a drive costs|distance:int(5,900) price:num(1,3)|what does the fuel cost for {distance} km at {price} per liter;how expensive is a drive of {distance} km with a fuel price of {price}
speed/average speed|Average speed of a trip;Speed from distance and time|distance:int(1,900) hours:num(1,12)|how fast did I go if {distance} km took {hours} hours;what is my speed for {distance} km in {hours} hours
paint/paint needed|Liters of paint for a wall;How much paint is needed|area:num(2,200)|how much paint do I need for {area} square meters;how many buckets of paint for a wall of {area} square meters
random numbers/lottery|Draw lottery numbers;Draws several random numbers|count:int(1,9)|draw {count} lottery numbers;give me {count} lucky numbers
countdown/count down|Count down from a number;Counts backwards|start:int(3,60)|count down from {start};count backwards from {start}
"""

# Words in, words out
TEXTS = """
reverse text/reverse string|Reverse a text;Turns the letters of a text around|text:str.text|reverse "{text}";write "{text}" backwards;turn "{text}" around;what is "{text}" spelled backwards
uppercase/to upper|Write a text in capital letters;Converts to upper case|text:str.text|write "{text}" in capitals;make "{text}" upper case;shout "{text}"
lowercase/to lower|Write a text in small letters;Converts to lower case|input:str.text|write "{input}" in small letters;make "{input}" lower case
spell check/check spelling|Find spelling mistakes in a text;Corrects spelling|text:str.text|check the spelling of "{text}";is "{text}" spelled right;are there mistakes in "{text}"
rhyme/find rhymes|Find words that rhyme;Rhyming dictionary|word:str.word|what rhymes with {word};find a rhyme for {word};which words sound like {word}
anagram/find anagrams|Anagrams of a word;Words from the same letters|word:str.word|what can I spell with the letters of {word};find an anagram of {word}
sentiment/analyze sentiment|Tell whether a text is positive or negative;Mood of a text|text:str.message|is "{text}" positive or negative;what mood does "{text}" have;analyze the sentiment of "{text}"
keywords/extract keywords|Find the important words of a text;Extracts keywords|text:str.message|what are the keywords of "{text}";find the important words in "{text}"
hash text/md5|Hash of a text;Computes a checksum|text:str.text|hash "{text}";compute the checksum of "{text}";what is the hash of "{text}"
encode base64/base64|Encode a text in base64;Base64 encoding|data:str.text|encode "{data}" in base64;what is "{data}" in base64
qr code/make qr code|Make a QR code from a text;Creates a QR code|content:str.url|make a QR code for {content};turn {content} into a QR code
shorten url/short link|Shorten a web address;Makes a short link|url:str.url|shorten {url};make {url} shorter;give me a short link for {url}
read aloud/text to speech/speak|Say a text aloud;Speaks a text|text:str.message|read "{text}" aloud;say "{text}" out loud;speak the words "{text}"
pronounce/pronunciation|How a word is pronounced;Pronunciation of a word|word:str.word|how do I pronounce {word};how is {word} spoken
etymology/word origin|Where a word comes from;History of a word|word:str.word|where does the word {word} come from;what is the origin of {word}
opposite/antonym|Word with the opposite meaning;Antonyms|word:str.word|what is the opposite of {word};which word is the contrary of {word}
acronym/explain abbreviation|What an abbreviation stands for;Explains acronyms|abbreviation:str.stock|what does {abbreviation} stand for;what is {abbreviation} short for
plural/plural form|Plural of a noun;More than one of a thing|noun:str.word|what is the plural of {noun};how do I say more than one {noun}
paraphrase/rewrite|Say a text in other words;Rewrites a sentence|text:str.message|say "{text}" in other words;rephrase "{text}";rewrite "{text}"
find quote/quote search|Find a quote by an author;Quotes of famous people|author:str.artist|what did {author} say;find a quote by {author};give me famous words of {author}
lyrics/get lyrics|Words of a song;Song texts|song:str.song|what are the words of {song};how does the text of {song} go;find the lyrics of {song}
author/who wrote|Author of a book;Who wrote a book|book:str.book|who wrote {book};who is the author of {book};which writer made {book}
director/who directed|Director of a film;Who made a movie|film:str.movie|who directed {film};who made the movie {film}
actors/cast|Actors of a film;Who plays in a movie|movie:str.movie|who plays in {movie};which actors are in {movie};who stars in {movie}
instrument/tune|Tune an instrument;Gives the note to tune to|instrument:str.instrument|tune my {instrument};help me tune the {instrument};my {instrument} is out of tune
wiki/encyclopedia/lookup article|Look up a topic in the encyclopedia;Article about a topic|topic:str.topic|what do you know about {topic};tell me about {topic};look up {topic} in the encyclopedia;explain {topic}
calories in dish/dish info|What is in a dish;Ingredients of a dish|dish:str.dish|what is in {dish};which ingredients does {dish} have;what do I need for {dish}
wine/suggest wine|Wine that goes with a dish;Recommends a wine|dish:str.dish|which wine goes with {dish};what should I drink with {dish}
species/identify animal|Facts about an animal;Animal encyclopedia|animal:str.animal|how long does a {animal} live;tell me facts about the {animal};what does a {animal} eat
sound/animal sound|Sound of an animal;Plays what an animal says|animal:str.animal|what does the {animal} say;which sound does a {animal} make
exchange student/pen pal|Find a pen pal in a country;Matches people who write letters|country:str.country|find me a pen pal in {country};who could I write to in {country}
embassy/find embassy|Address of an embassy;Where an embassy is|country:str.country|where is the embassy of {country};how do I reach the {country} embassy
visa/visa rules|Visa rules of a country;Whether a visa is needed|country:str.country|do I need a visa for {country};can I travel to {country} without a visa
flag/show flag|Flag of a country;Shows a flag|country:str.country|what does the flag of {country} look like;show me the flag of {country}
anthem/national anthem|Anthem of a country;Plays a national anthem|country:str.country|play the anthem of {country};what do people sing in {country} on national day
tallest building/landmark|Landmarks of a city;What to see in a city|city:str.city|what should I see in {city};which sights are in {city};what is {city} famous for
nickname/name generator|Make up a name for a project;Suggests names|topic:str.topic|what could I call a project about {topic};think of a name for something with {topic}
"""

# Actions with one or two arguments
DEEDS = """
page doctor/alert doctor|Call a doctor to a room;Pages medical staff|room:str.room|call a doctor to the {room};we need a doctor in the {room};get medical help to the {room}|A doctor is on the way to the {room}.
start dishwasher/run dishwasher|Start the dishwasher with a program;Runs the dishwasher|program:enum(eco,intensive,quick,normal)|start the dishwasher with the {program} program;run the dishes on {program};wash the dishes in {program} mode|The dishwasher runs on {program}.
start washing machine/wash clothes|Wash clothes at a temperature;Starts the laundry|degrees:int(20,90)|wash the clothes at {degrees} degrees;do the laundry at {degrees};start the washing machine at {degrees} degrees|The laundry runs at {degrees} degrees.
preheat oven/set oven|Heat the oven to a temperature;Preheats the oven|temperature:int(60,280)|preheat the oven to {temperature} degrees;heat the oven up to {temperature};I want to bake at {temperature} degrees|The oven heats to {temperature} degrees.
microwave/start microwave|Run the microwave for some seconds;Heats food|seconds:int(10,600)|microwave it for {seconds} seconds;heat my soup for {seconds} seconds;run the microwave for {seconds} seconds|The microwave runs for {seconds} seconds.
mow lawn/start mower|Mow the grass in an area;Sends the robot mower|area:str.New|mow the grass in {area};cut the lawn at {area};the grass in {area} is too long|The mower is on its way to {area}.
fill bathtub/run bath|Fill the bathtub with warm water;Runs a bath|temperature:int(28,45)|run me a bath of {temperature} degrees;fill the tub with water at {temperature} degrees;I'd like to take a bath at {temperature} degrees|The bath has {temperature} degrees.
open curtains/curtains|Open or close the curtains;Moves curtains|room:str.room open:bool(open;close)|{open} the curtains in the {room};{open} the {room} curtains|The curtains in the {room}: {open}.
start fireplace/fireplace|Turn the fireplace on or off;Controls the fireplace|on:bool(on;off)|turn {on} the fireplace;switch the fire {on};put the fireplace {on}|The fireplace is {on}.
set fan/fan speed|Speed of the fan;Sets how fast the fan turns|speed:int(0,10)|set the fan to {speed};make the fan blow at level {speed};turn the fan to speed {speed}|The fan runs at {speed}.
call nurse/nurse|Ask a nurse to come;Calls a nurse to a bed|bed:int(1,90)|send a nurse to bed {bed};the patient in bed {bed} needs a nurse;bed {bed} rang|A nurse comes to bed {bed}.
feed fish/feed aquarium|Feed the fish;Gives food to the aquarium|portions:int(1,9)|feed the fish {portions} portions;give the fish {portions} portions of food;the fish are hungry, {portions} portions|The fish got {portions} portions.
send flowers/order flowers|Send flowers to a person;Orders a bouquet|recipient:str.person flower:enum(roses,tulips,lilies,sunflowers)|send {recipient} some {flower};surprise {recipient} with {flower};get {flower} delivered to {recipient}|{recipient} gets {flower}.
order pizza/get pizza|Order a pizza;Brings a pizza to your door|kind:str.dish size:enum(small,medium,large)|order a {size} {kind};get me a {size} {kind};I'm hungry for a {size} {kind}|A {size} {kind} is coming.
send postcard/postcard|Send a postcard with a text;Writes a postcard|to:str.person text:str.message|send a postcard to {to} saying "{text}";write {to} a card: "{text}";mail {to} a postcard with the text "{text}"|The postcard to {to} is sent.
broadcast/announce|Announce a message in all rooms;Speaks through all speakers|message:str.message|announce "{message}";tell everybody in the house "{message}";broadcast: {message};say "{message}" on all speakers|I announced it.
tweet/post tweet/publish post|Publish a short post;Posts to social media|text:str.message|tweet "{text}";post "{text}" online;share with the world: {text}|It is posted.
send fax/fax|Send a fax to a number;Faxes a document|number:str.phone file:str.file|fax {file} to {number};send {file} by fax to {number}|{file} is faxed to {number}.
share location/send position|Share where you are with a person;Sends the position|with:str.person minutes:int(5,240)|share my location with {with} for {minutes} minutes;let {with} see where I am for {minutes} minutes|{with} sees your location for {minutes} minutes.
forward call/call forwarding|Forward calls to a number;Redirects the phone|number:str.phone|forward my calls to {number};redirect my phone to {number};let {number} take my calls|Calls go to {number}.
block number/block caller|Block a phone number;Stops calls from a number|number:str.phone|block {number};I don't want calls from {number} any more;stop {number} from calling me|{number} is blocked.
add friend/send friend request|Add a person as a friend;Sends a friend request|name:str.person|add {name} as a friend;be friends with {name};send a friend request to {name}|The request to {name} is sent.
rate movie/rate film|Give a movie stars;Rates a film|film:str.movie stars:int(1,5)|give {film} {stars} stars;I'd rate {film} {stars} of five;{film} is worth {stars} stars|{film} has {stars} stars.
add bookmark/bookmark|Save a web page;Bookmarks a page|url:str.url|bookmark {url};save the page {url} for later;remember the site {url}|{url} is saved.
subscribe/subscribe newsletter|Subscribe to a newsletter;Signs an address up for news|email:str.email topic:str.topic|subscribe {email} to news about {topic};sign up {email} for the {topic} newsletter;{email} wants to get news on {topic}|{email} is subscribed.
unsubscribe/leave newsletter|Stop a newsletter;Takes an address off a list|email:str.email|unsubscribe {email};take {email} off the list;{email} wants no more mails|{email} is off the list.
reset password/new login|Reset the password of a user;Sends a new password|email:str.email|reset the password of {email};{email} forgot the password;send {email} a new login|{email} got a new password.
grant access/give access|Give a person access to a room;Opens a room for a person|person:str.person room:str.room|give {person} access to the {room};let {person} into the {room};{person} may enter the {room}|{person} may enter the {room}.
revoke access/remove access|Take access to a room away;Locks a person out|person:str.person room:str.room|revoke {person}'s access to the {room};{person} may no longer enter the {room};keep {person} out of the {room}|{person} can't enter the {room} any more.
hire/hire person|Hire a person for a job;Adds an employee|name:str.person job:str.job|hire {name} as a {job};take {name} on as a {job};{name} starts as a {job}|{name} is hired as a {job}.
promote/promote employee|Promote an employee;Gives an employee a higher position|name:str.person position:str.job|promote {name} to {position};make {name} a {position};{name} becomes {position}|{name} is {position} now.
clock in/start work|Record the start of work;Clocks an employee in|employee:str.person|clock in {employee};{employee} starts work now;{employee} has arrived at work|{employee} is clocked in.
approve expense/expense approval|Approve an expense report;Signs off expenses|id:str.code|approve expense {id};sign off the expenses {id};expense report {id} is fine|Expense {id} is approved.
refund/refund order|Give the money of an order back;Refunds a purchase|order:str.code reason:enum(damaged,late,wrong item,unwanted)|refund order {order} because it is {reason};give the money for {order} back, reason {reason};return the payment of {order}, it was {reason}|Order {order} is refunded.
return item/send back|Send a product back;Starts a return|item:str.item|send the {item} back;return the {item};I want to give the {item} back|The return of the {item} has started.
wish list/add wish|Put a product on the wish list;Remembers a wish|item:str.item|put the {item} on my wish list;I wish for {item};remember that I'd love {item}|The {item} is on your wish list.
set budget/limit spending|Set the budget of a category;Limits spending|category:enum(food,travel,fun,clothes) amount:int(10,2000)|set my {category} budget to {amount};limit spending on {category} to {amount};I don't want to spend more than {amount} on {category}|The budget for {category} is {amount}.
freeze card/block card|Block a bank card;Freezes a lost card|card:str.code|freeze card {card};block my card {card};I lost the card {card}|Card {card} is blocked.
pay bill/settle bill|Pay a bill;Settles a bill by number|number:str.code|pay bill {number};settle the bill {number};bill {number} is due, pay it|Bill {number} is paid.
sell stock/sell shares|Sell shares;Places a sell order|symbol:str.stock count:int(1,400)|sell {count} shares of {symbol};get rid of {count} {symbol} shares;I want to part with {count} {symbol} shares|I sold {count} {symbol}.
water level alarm/set threshold|Warn when a value passes a limit;Sets an alarm threshold|sensor:str.code limit:int(1,900)|warn me when {sensor} goes above {limit};set the limit of {sensor} to {limit};tell me if {sensor} exceeds {limit}|I will warn you above {limit}.
calibrate scale/tare|Set a scale to zero;Tares a scale|scale:str.code|set scale {scale} to zero;tare {scale};zero the scale {scale}|Scale {scale} is at zero.
conveyor/set belt speed|Speed of a conveyor belt;Moves the belt|belt:int(1,40) speed:num(0.1,5)|run belt {belt} at {speed};set the speed of belt {belt} to {speed};let conveyor {belt} go {speed} meters a second|Belt {belt} runs at {speed}.
emergency stop/stop line|Stop a production line at once;Emergency stop|line:int(1,30)|stop line {line} at once;emergency, halt line {line};shut down production line {line} now|Line {line} stands still.
clear cache/flush cache|Empty the cache of a service;Flushes cached data|service:str.service|clear the cache of {service};flush {service};empty {service}'s cache|The cache of {service} is empty.
rotate keys/new api key|Make a new API key;Rotates credentials|service:str.service|rotate the keys of {service};give {service} a new API key;the key of {service} leaked, replace it|{service} has a new key.
enable feature/feature flag|Turn a feature on or off;Sets a feature flag|feature:str.new enabled:bool(on;off)|turn {enabled} the feature {feature};switch the flag {feature} {enabled};put feature {feature} {enabled}|The feature {feature} is {enabled}.
open port/firewall|Open a port in the firewall;Allows traffic on a port|port:int(1,65000)|open port {port};let traffic through on port {port};allow connections to {port}|Port {port} is open.
dns record/add record|Add a DNS record;Points a name to an address|name:str.new address:str.server|point {name} to {address};add a DNS record {name} for {address};let {name} resolve to {address}|{name} points to {address}.
mount disk/attach volume|Attach a disk to a server;Mounts a volume|disk:str.code server:str.server|attach disk {disk} to {server};mount {disk} on {server};plug volume {disk} into {server}|Disk {disk} is on {server}.
schedule job/cron|Run a job every some minutes;Schedules a recurring job|job:str.new minutes:int(1,120)|run {job} every {minutes} minutes;schedule {job} each {minutes} minutes;start {job} again and again, every {minutes} minutes|{job} runs every {minutes} minutes.
record show/record tv|Record a TV show;Programs the recorder|show:str.movie channel:int(1,99)|record {show} on channel {channel};tape {show} from channel {channel};I can't watch {show} on {channel}, record it|{show} will be recorded.
change channel/switch channel|Switch the TV to a channel;Changes the station|channel:int(1,99)|switch to channel {channel};put on channel {channel};I want to watch channel {channel}|The TV shows channel {channel}.
set wallpaper/change background|Change the background picture;Sets the wallpaper|image:str.file|use {image} as my wallpaper;set the background to {image};I'd like to see {image} on my desktop|{image} is your wallpaper.
screenshot/take screenshot|Take a picture of the screen;Captures the screen|name:str.file|take a screenshot and call it {name};capture the screen as {name};save the screen to {name}|The screen is saved as {name}.
crop image/cut image|Cut a picture to a size;Crops an image|image:str.file width:int(10,2000)|crop {image} to {width} pixels;cut {image} down to a width of {width}|{image} is {width} wide.
join meeting/join call|Join an online meeting;Enters a video call|code:str.code|join the meeting {code};let me into the call {code};connect me to meeting {code}|You are in meeting {code}.
mute person/mute participant|Mute a person in a call;Silences somebody|name:str.person|mute {name};{name} is too loud, silence them;turn off {name}'s microphone|{name} is muted.
name pet/register pet|Register a pet with its kind;Adds an animal|name:str.pet kind:str.animal|register my {kind} {name};add the {kind} {name};I got a {kind} called {name}|{name} the {kind} is registered.
walk dog/book dog walker|Have a dog walked;Sends a dog walker|dog:str.pet minutes:int(10,120)|have {dog} walked for {minutes} minutes;somebody should walk {dog} for {minutes} minutes;take {dog} out for {minutes} minutes|{dog} gets a walk of {minutes} minutes.
plant tree/plant|Plant something in the garden;Adds a plant|plant:str.plant count:int(1,40)|plant {count} {plant};put {count} {plant} in the garden;I'd like {count} {plant} in the ground|{count} {plant} are planted.
borrow book/lend book|Borrow a book;Lends a book to a reader|title:str.book reader:str.person|lend {title} to {reader};{reader} wants to borrow {title};give {reader} the book {title}|{reader} has {title}.
grade test/enter grade|Enter the grade of a pupil;Records a mark|student:str.person grade:int(1,100)|give {student} {grade} points;{student} got {grade} points in the test;enter {grade} for {student}|{student} has {grade} points.
report absence/mark absent|Report that a pupil is absent;Marks somebody as sick|name:str.person|{name} is sick today;mark {name} as absent;{name} can't come to school|{name} is marked absent.
throw ball/launch|Throw a ball in a direction;Launches something|direction:enum(left,right,up,down) power:int(1,100)|throw the ball {direction} with power {power};launch it {direction} at {power} percent|The ball flies {direction}.
"""


def rows(text): return [line.split("|") for line in text.strip().splitlines()]


def _args(text):
    """'a:int(1,9) b:str.city' with no spaces inside a kind."""
    import re
    return [(n, k) for n, k in re.findall(r"(\w+):(\w+(?:\.\w+)?(?:\([^)]*\))?)", text)]


SYNONYMS = {"numbers": ["numbers", "values", "list"], "text": ["text", "input", "content"], "name": ["name", "person"], "amount": ["amount", "value", "sum"], "minutes": ["minutes", "duration"], "city": ["city", "location", "place"], "date": ["date", "day", "on"], "time": ["time", "at", "start"],
            "word": ["word", "term"], "country": ["country", "nation"], "email": ["email", "address", "mail"], "number": ["number", "value", "n"], "temperature": ["temperature", "degrees", "target"], "on": ["on", "enabled", "state"], "count": ["count", "quantity", "amount"], "server": ["server", "host"]}


def _arg(name, kind, optional=False):
    return Arg(SYNONYMS.get(name, [name]) if name not in SYNONYMS or SYNONYMS[name][0] == name else [name], parse_kind(kind), optional, [f"the {name}", f"{name}"])


def _question(f, form):
    first = form.split(" ")[0].rstrip("'s")
    kind = "ask" if first in ("what", "how", "which", "who", "where", "when", "is", "are", "do", "does", "can", "will", "by", "in", "any", "whose", "did", "wha") else None
    if kind is None: kind = "say" if first in ("I", "I'", "I'm", "I'd", "we", "my", "the", "somebody", "bed", "expense", "line", "we'", "blood") or form.startswith("{") and not form.startswith("{open}") else "do"
    f.cores[kind].append(form)


def build():
    """(families for training, families held out)."""
    train, held = [], []

    def done(f, index):
        (held if index % 14 == 9 else train).append(f)

    for i, (name, questions, value, sentence) in enumerate(rows(METRICS)):
        f = Family("place." + name.replace(" ", "_"))
        f.names = [f"get {name}", name, f"{name} lookup", f"check {name}"]
        f.descs = [f"Get the {name} of a place", f"Returns the {name} at a location", f"{name.capitalize()} in a city"]
        f.args = [Arg(PLACE.split("|"), parse_kind("str.city"), False, ["the place", "name of the city"])]
        f.cores["ask"] = [q.replace("@", "{place}") for q in questions.split(";")] + [f"what is the {name} in {{place}}"]
        f.cores["np"] = [f"the {name} in {{place}}", f"the {name} of {{place}}"]
        f.cores["do"] = [f"check the {name} in {{place}}", f"look up the {name} for {{place}}"]
        f.fields = [("value", parse_kind(value))]
        f.answers, f.texts = [sentence.replace("@", "{place}").replace("#", "{value}"), f"The {name} in {{place}}: {{value}}."], ["{value}"]
        done(f, i)
    for i, (name, noun, unit, forms) in enumerate(rows(LOGS)):
        f = Family("log." + name.replace(" ", "_"))
        f.names = [f"log {name}", f"record {name}", f"add {name}", f"track {name}", f"save {name}"]
        f.descs = [f"Log {noun}", f"Record the {noun}", f"Save a number of {noun}", f"Keeps track of {noun}"]
        f.args = [Arg(["amount", "value", unit, "number"], parse_kind("int(1,300)"), False, [unit, f"number of {unit}", "how much"])]
        for form in forms.split(";"):
            form = form.replace("#", "{amount}")
            f.cores["do" if form.split()[0] in ("add", "rate", "put") else "say"].append(form)
        f.cores["do"] += [f"log {{amount}} {noun}", f"record {{amount}} {noun}"] if noun != unit else [f"log {{amount}} {unit}", f"record {{amount}} {unit}"]
        f.done = [f"I logged {{amount}} {noun}.", f"{{amount}} {unit} are recorded."]
        done(f, i)
    for i, (name, thing, arg, say) in enumerate(rows(BOOKINGS)):
        f = Family("booking." + name.replace(" ", "_"))
        key, kind = arg.split(":")
        f.names = [f"book {name}", f"reserve {name}", f"schedule {name}", f"{name} booking"]
        f.descs = [f"Book {thing}", f"Reserve {thing} for a day and time", f"Makes a booking of {thing}"]
        f.args = [_arg(key, kind), _arg("date", "str.date"), _arg("time", "str.time")]
        glue = {"str.person": "with", "str.city": "in", "str.street": "at", "str.code": "for", "str.lang": "for"}.get(kind, "at")
        for v in ("book", "reserve", "arrange", "get me", "organize"): f.cores["do"].append(f"{v} {thing} {glue} {{{key}}} on {{date}} at {{time}}")
        f.cores["do"].append(f"book {thing} {glue} {{{key}}} for {{date}}, {{time}}")
        f.cores["say"] = [say, f"I need {thing} {glue} {{{key}}} on {{date}} at {{time}}"]
        f.done = [f"I booked {thing} on {{date}} at {{time}}.", f"{thing[:1].upper() + thing[1:]} is booked for {{date}}, {{time}}."]
        done(f, i)
    for domain, text in (("maths", MATHS), ("words", TEXTS)):
        for i, (names, descs, args, forms) in enumerate(rows(text)):
            f = Family(f"{domain}.{names.split('/')[0].replace(' ', '_')}")
            f.names, f.descs, f.args = names.split("/"), descs.split(";"), [_arg(n, k) for n, k in _args(args)]
            for form in forms.split(";"): _question(f, form)
            f.fields = [("result", parse_kind("num(0,900)" if domain == "maths" else "str.message"))]
            f.answers, f.texts = ["The result is {result}.", "It is {result}.", "{result}."], ["{result}"]
            done(f, i)
    for i, (names, descs, args, forms, answer) in enumerate(rows(DEEDS)):
        f = Family(f"deed.{names.split('/')[0].replace(' ', '_')}")
        f.names, f.descs, f.args = names.split("/"), descs.split(";"), [_arg(n, k) for n, k in _args(args)]
        for form in forms.split(";"): _question(f, form)
        f.done = [answer, "Done. " + answer]
        done(f, i)
    return train, held
