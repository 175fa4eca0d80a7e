# The words of the pages for readers, and of the email that answers a request, in English.
# Change what stands after a "="; keep the names, and the values in { braces }.

skip = Skip to the content
subscribe = Subscribe
archive = Archive
privacy = Privacy
issue-number = Issue { $number }

# Subscribe page
subscribe-title = Get { $newsletter } by email
subscribe-lede = We write only when there is an issue, and you can leave with one click.
email = Email address
name = Name
optional = optional
leave-empty = Leave this empty
which = What you would like to get
how-often = How often
frequency-every = Every issue
frequency-monthly = At most one a month
wording = By pressing “Subscribe” you agree that { $organisation } sends you { $newsletters } by email. We use your address for nothing else. Every email has a link to leave.
chosen-above = what you have chosen above
wrong-email = Please enter a whole email address, as name@example.org.
wrong-choice = Please choose what you would like to get.
latest = Latest issues
all-issues = All issues

# After the form, and where the email's button leads
sent-title = Check your inbox
sent-text = If the address is right, an email is on its way. Press the button in it, and you are subscribed. It can take a few minutes; look into the spam folder, too.
confirm-title = One more click
confirm-text = Press the button, and you will get:
confirm-button = Yes, subscribe me
confirm-not-me = If you did not ask for this, close this page. You will not get anything.
welcome-title = You are subscribed
welcome-text = Thank you. The next issue comes to your inbox.
expired-title = This link is no longer good
expired-text = A confirmation link works for seven days. Please subscribe once more.

# Leaving, and changing what one gets
leave-title = Unsubscribe
leave-text = Press the button, and you will not get { $newsletter } any more.
leave-all-text = Press the button, and you will not get any newsletter of { $organisation } any more.
unsubscribe = Unsubscribe
change-instead = Change what I get
left-title = You have left
left-text = You will not get this newsletter any more. An email that is on its way may still arrive.
come-back = It was a mistake: subscribe again
choices-title = What you get
choices-for = Your choices for
themes = Themes
themes-of = Themes of “{ $newsletter }”
themes-hint = Each email has the stories of the themes that are ticked. When an issue has none of them, no email comes. With all of them ticked, new themes come by themselves.
themes-none = With none ticked, you get all of them.
wrong-themes = Please tick at least one theme, or unsubscribe.
save = Save
saved = Saved.
keep-reading = Read the latest issues

# Archive
search = Search
search-in = Search in all issues
found = { $count ->
    [0] Nothing found for “{ $query }”.
    [one] { $count } issue for “{ $query }”
   *[other] { $count } issues for “{ $query }”
}
no-issue-yet = No issue has gone out yet.
older = Older issues

# When something is wrong
missing-title = There is nothing here
missing-text = The link may be incomplete. Please take it from the email once more.
home = To the first page

# The email that answers a request
mail-subject = Please confirm: { $newsletter }
mail-heading = Please confirm your subscription
mail-text = Somebody, most likely you, asked for { $newsletters } with this address. Press the button on the page that opens, and you are subscribed.
mail-button = Confirm my subscription
mail-ignore = If it was not you, do nothing: you will not get anything, and we forget the address in a week.
known-subject = You are subscribed to { $newsletter }
known-heading = You are subscribed already
known-text = Somebody, most likely you, asked for { $newsletters } with this address. It comes to you already. You can see and change what you get:
known-button = What I get
known-ignore = If it was not you, do nothing: all stays as it is.
