# The words of the email in English. Format: https://projectfluent.org
# Change what stands after a "="; keep the names, and the values in { braces }.

# Above and below the name of the newsletter
view-online = View issue { $number } online
issue-number = Issue { $number }
issue-length = { $stories ->
    [one] { $stories } story
   *[other] { $stories } stories
} in { $minutes ->
    [one] { $minutes } minute
   *[other] { $minutes } minutes
}
story-count = { $count ->
    [one] { $count } story
   *[other] { $count } stories
}
reading-time = { $count }{"\u00A0"}min read
# The days that an issue covers; form is days (20 to 27 June), months or years
dates = { $first } to { $last }

# Stories
lead-story = Top story
read-lead = Read the full story
views = { $count ->
    [one] { $count } view
   *[other] { $count } views
}
also-in = Also in { $themes }
# The credit of a picture that is shown, and of one that is not
photo = Photo: { $credit }
cover = Cover: { $credit }

# Lists
in-this-issue = In this issue
also-this-week = Also this week
minutes = { $count }{"\u00A0"}min

# The editor's own blocks, and corrections on the web page
worth-your-time = Also worth your time
sponsored = Sponsored
the-figure = The number
source = Source
# What is heard of a chart, and read where pictures are off: its line from the first point to the last,
# then the points that stand out between them
chart-line = Line chart: { $trend ->
    [up] up from { $first } ({ $start }) to { $last } ({ $end })
    [down] down from { $first } ({ $start }) to { $last } ({ $end })
   *[level] { $first } at the start ({ $start }) and at the end ({ $end })
}.
chart-range = Highest: { $most } ({ $peak }), lowest: { $least } ({ $trough }).
quoted = “{ $text }”
coming-up = Coming up
corrected = Corrected on { $date }

# Footer
why-you-get-this = Sent to { $address } because you subscribed to { $newsletter }.
# The same in the text part, where the address stands on the next line
sent-to = Sent to:
why-in-text = because you subscribed to { $newsletter }.
unsubscribe = Unsubscribe
change-choices = Change what you get
privacy = Privacy
# A label, before what it names
label = { $text }:
