# Les mots des pages pour les lecteurs et du courriel qui répond à une demande, en français.
# Changez ce qui suit « = » ; gardez les noms et les valeurs entre { accolades }.

skip = Aller au contenu
subscribe = S’abonner
archive = Archives
privacy = Confidentialité
issue-number = Numéro { $number }

# Page d’abonnement
subscribe-title = Recevez « { $newsletter } » par courriel
subscribe-lede = Nous n’écrivons que lorsqu’un numéro paraît, et un clic suffit pour se désabonner.
email = Adresse électronique
name = Nom
optional = facultatif
leave-empty = Laissez ce champ vide
which = Ce que vous souhaitez recevoir
how-often = À quelle fréquence
frequency-every = Chaque numéro
frequency-monthly = Un par mois au plus
wording = En cliquant sur « S’abonner », vous acceptez que { $organisation } vous envoie { $newsletters } par courriel. Votre adresse ne sert à rien d’autre. Chaque courriel contient un lien pour se désabonner.
chosen-above = ce que vous avez choisi ci-dessus
wrong-email = Saisissez une adresse complète, comme name@example.org.
wrong-choice = Choisissez ce que vous souhaitez recevoir.
latest = Derniers numéros
all-issues = Tous les numéros

# Après le formulaire, et là où mène le bouton du courriel
sent-title = Consultez votre messagerie
sent-text = Si l’adresse est juste, un courriel est en route. Cliquez sur son bouton, et vous êtes abonné. Cela peut prendre quelques minutes ; regardez aussi dans les indésirables.
confirm-title = Encore un clic
confirm-text = Cliquez sur le bouton, et vous recevrez :
confirm-button = Oui, je m’abonne
confirm-not-me = Si vous n’avez rien demandé, fermez cette page. Vous ne recevrez rien.
welcome-title = Vous êtes abonné
welcome-text = Merci. Le prochain numéro arrivera dans votre messagerie.
expired-title = Ce lien n’est plus valable
expired-text = Un lien de confirmation est valable sept jours. Abonnez-vous encore une fois.

# Se désabonner, et changer ce que l’on reçoit
leave-title = Se désabonner
leave-text = Cliquez sur le bouton, et vous ne recevrez plus « { $newsletter } ».
leave-all-text = Cliquez sur le bouton, et vous ne recevrez plus aucune lettre de { $organisation }.
unsubscribe = Se désabonner
change-instead = Changer mon abonnement
left-title = Vous êtes désabonné
left-text = Vous ne recevrez plus cette lettre. Un courriel déjà en route peut encore arriver.
come-back = C’était une erreur : se réabonner
choices-title = Votre abonnement
choices-for = Réglages pour
themes = Thèmes
themes-of = Thèmes de « { $newsletter } »
themes-hint = Chaque courriel contient les articles des thèmes cochés. Si un numéro n’en compte aucun, vous ne recevez rien. Si tous sont cochés, les nouveaux thèmes s’ajoutent d’eux-mêmes.
themes-none = Si aucun n’est coché, vous les recevez tous.
wrong-themes = Cochez au moins un thème, ou désabonnez-vous.
save = Enregistrer
saved = Enregistré.
keep-reading = Lire les derniers numéros

# Archives
search = Chercher
search-in = Chercher dans tous les numéros
found = { $count ->
    [0] Rien trouvé pour « { $query } ».
    [one] { $count } numéro pour « { $query } »
   *[other] { $count } numéros pour « { $query } »
}
no-issue-yet = Aucun numéro n’a encore paru.
older = Numéros plus anciens

# Quand quelque chose ne va pas
missing-title = Il n’y a rien ici
missing-text = Le lien est peut-être incomplet. Reprenez-le dans le courriel.
home = À la première page

# Le courriel qui répond à une demande
mail-subject = Confirmez, s’il vous plaît : { $newsletter }
mail-heading = Confirmez votre abonnement
mail-text = Quelqu’un, sans doute vous, a demandé { $newsletters } pour cette adresse. Cliquez sur le bouton de la page qui s’ouvre, et vous êtes abonné.
mail-button = Confirmer mon abonnement
mail-ignore = Si ce n’était pas vous, ne faites rien : vous ne recevrez rien, et nous oublierons l’adresse dans une semaine.
known-subject = Vous êtes déjà abonné : { $newsletter }
known-heading = Vous êtes déjà abonné
known-text = Quelqu’un, sans doute vous, a demandé { $newsletters } pour cette adresse. Vous le recevez déjà. Voici où voir et changer votre abonnement :
known-button = Mon abonnement
known-ignore = Si ce n’était pas vous, ne faites rien : tout reste comme avant.
