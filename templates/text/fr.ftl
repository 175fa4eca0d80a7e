# Les mots de la lettre en français. Format : https://projectfluent.org
# Modifiez ce qui suit « = » ; gardez les noms, et les valeurs entre { accolades }.
# {"\u00A0"} est l’espace insécable, que le français met avant : ; ! ? et à l’intérieur des guillemets.

# Au-dessus et au-dessous du nom de la lettre
view-online = Lire le numéro { $number } en ligne
issue-number = Numéro { $number }
issue-length = { $stories ->
    [one] { $stories } article
    [many] { $stories } d’articles
   *[other] { $stories } articles
} à lire en { $minutes ->
    [one] { $minutes } minute
    [many] { $minutes } de minutes
   *[other] { $minutes } minutes
}
story-count = { $count ->
    [one] { $count } article
    [many] { $count } d’articles
   *[other] { $count } articles
}
reading-time = { $count }{"\u00A0"}min de lecture
# Les jours du numéro, en début de ligne ; form vaut days (du 20 au 27 juin), months ou years
dates = Du { $first } au { $last }

# Articles
lead-story = À la une
read-lead = Lire l’article complet
views = { $count ->
    [one] { $count } vue
    [many] { $count } de vues
   *[other] { $count } vues
}
also-in = Aussi dans { $themes }
# Le crédit d’une image affichée, et celui d’une image qui ne l’est pas
photo = Photo{"\u00A0"}: { $credit }
cover = Image de l’article{"\u00A0"}: { $credit }

# Listes
in-this-issue = Dans ce numéro
also-this-week = Aussi cette semaine
minutes = { $count }{"\u00A0"}min

# Les blocs de la rédaction, et les corrections sur la page du numéro
worth-your-time = À découvrir aussi
sponsored = Publicité
the-figure = Le chiffre
source = Source
# Ce qu’on entend d’un graphique et ce qu’on lit sans images : la courbe du premier point au dernier,
# puis les points qui ressortent entre les deux
chart-line = Courbe{"\u00A0"}: { $trend ->
    [up] hausse de { $first } ({ $start }) à { $last } ({ $end })
    [down] baisse de { $first } ({ $start }) à { $last } ({ $end })
   *[level] { $first } au début ({ $start }) comme à la fin ({ $end })
}.
chart-range = Maximum{"\u00A0"}: { $most } ({ $peak }), minimum{"\u00A0"}: { $least } ({ $trough }).
quoted = «{"\u00A0"}{ $text }{"\u00A0"}»
coming-up = À l’agenda
corrected = Corrigé le { $date }

# Pied de page
why-you-get-this = Envoyé à { $address } à la suite de votre abonnement à «{"\u00A0"}{ $newsletter }{"\u00A0"}».
# La même phrase dans la version texte, où l’adresse occupe la ligne suivante
sent-to = Envoyé à{"\u00A0"}:
why-in-text = à la suite de votre abonnement à «{"\u00A0"}{ $newsletter }{"\u00A0"}».
unsubscribe = Se désabonner
change-choices = Changer mon abonnement
privacy = Confidentialité
# Un libellé suivi de ce qu’il annonce
label = { $text }{"\u00A0"}:
