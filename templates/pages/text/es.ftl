# Las palabras de las páginas para los lectores y del correo que responde a una petición, en español.
# Cambie lo que sigue a «=»; deje los nombres y los valores entre { llaves }.

skip = Ir al contenido
subscribe = Suscribirse
archive = Archivo
privacy = Privacidad
issue-number = Número { $number }

# Página de suscripción
subscribe-title = Reciba «{ $newsletter }» por correo
subscribe-lede = Solo escribimos cuando hay un número, y basta un clic para darse de baja.
email = Correo electrónico
name = Nombre
optional = opcional
leave-empty = Déjelo vacío
which = Lo que desea recibir
how-often = Con qué frecuencia
frequency-every = Todos los números
frequency-monthly = Uno al mes como máximo
wording = Al pulsar «Suscribirse» acepta que { $organisation } le envíe { $newsletters } por correo electrónico. No usamos su dirección para nada más. Cada correo lleva un enlace para darse de baja.
chosen-above = lo que ha elegido arriba
wrong-email = Escriba una dirección completa, como name@example.org.
wrong-choice = Elija lo que desea recibir.
latest = Últimos números
all-issues = Todos los números

# Tras el formulario, y adonde lleva el botón del correo
sent-title = Mire su correo
sent-text = Si la dirección es correcta, hay un mensaje en camino. Pulse su botón y quedará suscrito. Puede tardar unos minutos; mire también en el correo no deseado.
confirm-title = Un clic más
confirm-text = Pulse el botón y recibirá:
confirm-button = Sí, quiero suscribirme
confirm-not-me = Si no lo ha pedido, cierre esta página. No recibirá nada.
welcome-title = Ya está suscrito
welcome-text = Gracias. El próximo número llegará a su correo.
expired-title = Este enlace ya no sirve
expired-text = Un enlace de confirmación vale siete días. Suscríbase otra vez, por favor.

# Darse de baja, y cambiar lo que se recibe
leave-title = Darse de baja
leave-text = Pulse el botón y no recibirá más «{ $newsletter }».
leave-all-text = Pulse el botón y no recibirá más boletines de { $organisation }.
unsubscribe = Darse de baja
change-instead = Cambiar mi suscripción
left-title = Se ha dado de baja
left-text = No recibirá más este boletín. Un correo que esté en camino aún puede llegar.
come-back = Fue un error: suscribirse de nuevo
choices-title = Su suscripción
choices-for = Ajustes para
themes = Temas
themes-of = Temas de «{ $newsletter }»
themes-hint = Cada correo trae los artículos de los temas marcados. Si un número no trae ninguno, no llega correo. Si están todos marcados, los temas nuevos se añaden solos.
themes-none = Si no marca ninguno, los recibe todos.
wrong-themes = Marque al menos un tema o dese de baja.
save = Guardar
saved = Guardado.
keep-reading = Leer los últimos números

# Archivo
search = Buscar
search-in = Buscar en todos los números
found = { $count ->
    [0] No se ha encontrado nada para «{ $query }».
    [one] { $count } número para «{ $query }»
   *[other] { $count } números para «{ $query }»
}
no-issue-yet = Aún no ha salido ningún número.
older = Números anteriores

# Cuando algo va mal
missing-title = Aquí no hay nada
missing-text = Quizá el enlace esté incompleto. Tómelo otra vez del correo, por favor.
home = A la primera página

# El correo que responde a una petición
mail-subject = Confirme, por favor: { $newsletter }
mail-heading = Confirme su suscripción
mail-text = Alguien, seguramente usted, ha pedido { $newsletters } para esta dirección. Pulse el botón de la página que se abre y quedará suscrito.
mail-button = Confirmar mi suscripción
mail-ignore = Si no fue usted, no haga nada: no recibirá nada, y olvidaremos la dirección en una semana.
known-subject = Ya está suscrito: { $newsletter }
known-heading = Ya está suscrito
known-text = Alguien, seguramente usted, ha pedido { $newsletters } para esta dirección. Ya lo recibe. Aquí puede ver y cambiar su suscripción:
known-button = Mi suscripción
known-ignore = Si no fue usted, no haga nada: todo queda como está.
