# Die Wörter der E-Mail auf Deutsch. Format: https://projectfluent.org
# Ändern Sie, was hinter einem „=“ steht; Namen und Werte in { Klammern } bleiben.

# Über und unter dem Namen des Newsletters
view-online = Ausgabe { $number } online lesen
issue-number = Ausgabe { $number }
issue-length = { $stories } Artikel in { $minutes ->
    [one] { $minutes } Minute
   *[other] { $minutes } Minuten
}
story-count = { $count } Artikel
reading-time = { $count }{"\u00A0"}Min. Lesezeit
# Die Tage einer Ausgabe; form ist days (20. bis 27. Juni), months oder years
dates = { $form ->
    [days] { $first }. bis { $last }
   *[other] { $first } bis { $last }
}

# Artikel
lead-story = Topthema
read-lead = Ganzen Artikel lesen
views = { $count ->
    [one] { $count } Aufruf
   *[other] { $count } Aufrufe
}
also-in = Auch in { $themes }
# Der Nachweis eines Bildes, das gezeigt wird, und eines, das nicht gezeigt wird
photo = Foto: { $credit }
cover = Titelbild: { $credit }

# Listen
in-this-issue = In dieser Ausgabe
also-this-week = Außerdem diese Woche
minutes = { $count }{"\u00A0"}Min.

# Die Blöcke der Redaktion und Korrekturen auf der Seite der Ausgabe
worth-your-time = Auch lesenswert
sponsored = Anzeige
the-figure = Die Zahl
source = Quelle
# Was von einem Diagramm zu hören und ohne Bilder zu lesen ist: die Linie vom ersten Punkt zum letzten,
# dann die Punkte, die dazwischen herausragen
chart-line = Liniendiagramm: { $trend ->
    [up] Anstieg von { $first } ({ $start }) auf { $last } ({ $end })
    [down] Rückgang von { $first } ({ $start }) auf { $last } ({ $end })
   *[level] { $first } am Anfang ({ $start }) und am Ende ({ $end })
}.
chart-range = Höchstwert: { $most } ({ $peak }), Tiefstwert: { $least } ({ $trough }).
quoted = „{ $text }“
coming-up = Termine
corrected = Korrigiert am { $date }

# Fuß
why-you-get-this = Gesendet an { $address }, weil Sie „{ $newsletter }“ abonniert haben.
# Dasselbe im Textteil, wo die Adresse in der nächsten Zeile steht
sent-to = Gesendet an:
why-in-text = weil Sie „{ $newsletter }“ abonniert haben.
unsubscribe = Newsletter abbestellen
change-choices = Abonnement ändern
privacy = Datenschutz
# Eine Beschriftung, auf die folgt, was sie nennt
label = { $text }:
