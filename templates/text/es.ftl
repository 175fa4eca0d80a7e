# Las palabras del correo en español. Formato: https://projectfluent.org
# Cambie lo que sigue a «=»; conserve los nombres y los valores entre { llaves }.

# Encima y debajo del nombre del boletín
view-online = Leer el número { $number } en línea
issue-number = Número { $number }
issue-length = { $stories ->
    [one] { $stories } artículo
    [many] { $stories } de artículos
   *[other] { $stories } artículos
} en { $minutes ->
    [one] { $minutes } minuto
    [many] { $minutes } de minutos
   *[other] { $minutes } minutos
}
story-count = { $count ->
    [one] { $count } artículo
    [many] { $count } de artículos
   *[other] { $count } artículos
}
reading-time = { $count }{"\u00A0"}min de lectura
# Los días del número, al principio de la línea; form es days (del 20 al 27 de junio), months o years
dates = Del { $first } al { $last }

# Artículos
lead-story = En portada
read-lead = Leer el artículo completo
views = { $count ->
    [one] { $count } visita
    [many] { $count } de visitas
   *[other] { $count } visitas
}
also-in = También en { $themes }
# El crédito de una imagen que se muestra y el de una que no
photo = Foto: { $credit }
cover = Imagen de portada: { $credit }

# Listas
in-this-issue = En este número
also-this-week = También esta semana
minutes = { $count }{"\u00A0"}min

# Los bloques de la redacción y las correcciones en la página del número
worth-your-time = También recomendamos
sponsored = Publicidad
the-figure = La cifra
source = Fuente
# Lo que se oye de un gráfico y se lee sin imágenes: la línea del primer punto al último,
# y después los puntos que destacan entre ambos
chart-line = Gráfico de líneas: { $trend ->
    [up] sube de { $first } ({ $start }) a { $last } ({ $end })
    [down] baja de { $first } ({ $start }) a { $last } ({ $end })
   *[level] { $first } al principio ({ $start }) y al final ({ $end })
}.
chart-range = Máximo: { $most } ({ $peak }), mínimo: { $least } ({ $trough }).
quoted = «{ $text }»
coming-up = Agenda
corrected = Corregido el { $date }

# Pie
why-you-get-this = Enviado a { $address } porque usted se suscribió a «{ $newsletter }».
# Lo mismo en la parte de texto, donde la dirección ocupa la línea siguiente
sent-to = Enviado a:
why-in-text = porque usted se suscribió a «{ $newsletter }».
unsubscribe = Darse de baja
change-choices = Cambiar mi suscripción
privacy = Privacidad
# Una etiqueta a la que sigue lo que nombra
label = { $text }:
