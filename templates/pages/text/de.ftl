# Die Wörter der Seiten für Leserinnen und Leser und der E-Mail, die eine Anfrage beantwortet, auf Deutsch.
# Ändern Sie, was hinter „=“ steht; lassen Sie die Namen und die Werte in { Klammern } stehen.

skip = Zum Inhalt
subscribe = Abonnieren
archive = Archiv
privacy = Datenschutz
issue-number = Ausgabe { $number }

# Anmeldeseite
subscribe-title = „{ $newsletter }“ als E-Mail
subscribe-lede = Wir schreiben nur, wenn es eine Ausgabe gibt, und Sie können sich mit einem Klick abmelden.
email = E-Mail-Adresse
name = Name
optional = freiwillig
leave-empty = Bitte leer lassen
which = Was Sie bekommen möchten
how-often = Wie oft
frequency-every = Jede Ausgabe
frequency-monthly = Höchstens eine im Monat
wording = Mit „Abonnieren“ stimmen Sie zu, dass { $organisation } Ihnen { $newsletters } per E-Mail schickt. Wir verwenden Ihre Adresse für nichts anderes. In jeder E-Mail steht ein Link zum Abmelden.
chosen-above = das oben Gewählte
wrong-email = Bitte geben Sie eine vollständige E-Mail-Adresse ein, etwa name@example.org.
wrong-choice = Bitte wählen Sie, was Sie bekommen möchten.
latest = Letzte Ausgaben
all-issues = Alle Ausgaben

# Nach dem Formular, und wohin der Knopf der E-Mail führt
sent-title = Sehen Sie in Ihr Postfach
sent-text = Wenn die Adresse stimmt, ist eine E-Mail unterwegs. Drücken Sie den Knopf darin, und Sie sind angemeldet. Es kann einige Minuten dauern; sehen Sie auch in den Spam-Ordner.
confirm-title = Noch ein Klick
confirm-text = Drücken Sie den Knopf, und Sie bekommen:
confirm-button = Ja, ich möchte das
confirm-not-me = Wenn Sie nicht darum gebeten haben, schließen Sie diese Seite. Sie bekommen dann nichts.
welcome-title = Sie sind angemeldet
welcome-text = Vielen Dank. Die nächste Ausgabe kommt in Ihr Postfach.
expired-title = Dieser Link gilt nicht mehr
expired-text = Ein Link zum Bestätigen gilt sieben Tage. Bitte melden Sie sich noch einmal an.

# Abmelden, und ändern, was man bekommt
leave-title = Abmelden
leave-text = Drücken Sie den Knopf, und Sie bekommen „{ $newsletter }“ nicht mehr.
leave-all-text = Drücken Sie den Knopf, und Sie bekommen keinen Newsletter von { $organisation } mehr.
unsubscribe = Abmelden
change-instead = Abonnement ändern
left-title = Sie sind abgemeldet
left-text = Sie bekommen diesen Newsletter nicht mehr. Eine E-Mail, die unterwegs ist, kann noch ankommen.
come-back = Ein Versehen: wieder anmelden
choices-title = Ihr Abonnement
choices-for = Einstellungen für
themes = Themen
themes-of = Themen von „{ $newsletter }“
themes-hint = Jede E-Mail bringt die Beiträge der angekreuzten Themen. Hat eine Ausgabe keinen davon, kommt keine E-Mail. Sind alle angekreuzt, kommen neue Themen von selbst dazu.
themes-none = Ist keines angekreuzt, bekommen Sie alle.
wrong-themes = Bitte kreuzen Sie mindestens ein Thema an, oder melden Sie sich ab.
save = Speichern
saved = Gespeichert.
keep-reading = Letzte Ausgaben lesen

# Archiv
search = Suchen
search-in = In allen Ausgaben suchen
found = { $count ->
    [0] Nichts gefunden für „{ $query }“.
    [one] { $count } Ausgabe für „{ $query }“
   *[other] { $count } Ausgaben für „{ $query }“
}
no-issue-yet = Es ist noch keine Ausgabe erschienen.
older = Ältere Ausgaben

# Wenn etwas nicht stimmt
missing-title = Hier ist nichts
missing-text = Vielleicht ist der Link unvollständig. Bitte nehmen Sie ihn noch einmal aus der E-Mail.
home = Zur ersten Seite

# Die E-Mail, die eine Anfrage beantwortet
mail-subject = Bitte bestätigen: { $newsletter }
mail-heading = Bitte bestätigen Sie Ihre Anmeldung
mail-text = Jemand, wahrscheinlich Sie, hat { $newsletters } für diese Adresse bestellt. Drücken Sie auf der Seite, die sich öffnet, den Knopf, und Sie sind angemeldet.
mail-button = Anmeldung bestätigen
mail-ignore = Wenn Sie es nicht waren, tun Sie nichts: Sie bekommen nichts, und wir vergessen die Adresse in einer Woche.
known-subject = Sie sind schon angemeldet: { $newsletter }
known-heading = Sie sind schon angemeldet
known-text = Jemand, wahrscheinlich Sie, hat { $newsletters } für diese Adresse bestellt. Sie bekommen das schon. Hier sehen und ändern Sie Ihr Abonnement:
known-button = Mein Abonnement
known-ignore = Wenn Sie es nicht waren, tun Sie nichts: Es bleibt alles, wie es ist.
