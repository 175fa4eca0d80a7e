# Слова листа українською. Формат: https://projectfluent.org
# Змінюйте те, що стоїть після «=»; назви та значення в { дужках } залишайте.

# Над назвою розсилки та під нею
view-online = Читати випуск { $number } на сайті
issue-number = Випуск { $number }
issue-length = { $stories ->
    [one] { $stories } стаття
    [few] { $stories } статті
   *[other] { $stories } статей
} за { $minutes }{"\u00A0"}хв
story-count = { $count ->
    [one] { $count } стаття
    [few] { $count } статті
   *[other] { $count } статей
}
reading-time = { $count }{"\u00A0"}хв читання
# Дні, які охоплює випуск; form: days (20–27 червня), months або years
dates = { $form ->
    [days] { $first }–{ $last }
   *[other] { $first } – { $last }
}

# Статті
lead-story = Головне
read-lead = Читати повністю
views = { $count ->
    [one] { $count } перегляд
    [few] { $count } перегляди
   *[other] { $count } переглядів
}
also-in = Також у { $themes }
# Авторство зображення, яке показано, і того, якого в листі немає
photo = Фото: { $credit }
cover = Обкладинка: { $credit }

# Переліки
in-this-issue = У цьому випуску
also-this-week = Також цього тижня
minutes = { $count }{"\u00A0"}хв

# Блоки від редакції та виправлення на сторінці випуску
worth-your-time = Також варте уваги
sponsored = Реклама
the-figure = Головне число
source = Джерело
# Що чути про графік і що видно без зображень: лінія від першої точки до останньої,
# потім найвища й найнижча точки між ними
chart-line = Лінійний графік: { $trend ->
    [up] зростання від { $first } ({ $start }) до { $last } ({ $end })
    [down] спад від { $first } ({ $start }) до { $last } ({ $end })
   *[level] { $first } на початку ({ $start }) і в кінці ({ $end })
}.
chart-range = Найбільше: { $most } ({ $peak }), найменше: { $least } ({ $trough }).
quoted = «{ $text }»
coming-up = Що попереду
corrected = Виправлено { $date }

# Кінець листа
why-you-get-this = Надіслано на { $address }, бо ви підписалися на «{ $newsletter }».
# Те саме в текстовій частині, де адреса стоїть у наступному рядку
sent-to = Надіслано на адресу:
why-in-text = бо ви підписалися на «{ $newsletter }».
unsubscribe = Відписатися
change-choices = Змінити підписку
privacy = Приватність
# Підпис, за яким стоїть те, що він називає
label = { $text }:
