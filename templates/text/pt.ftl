# As palavras do e-mail em português. Formato: https://projectfluent.org
# Altere o que vem depois de “=”; mantenha os nomes e os valores entre { chaves }.
# Só palavras usadas tanto no Brasil como em Portugal: "pt" e "pt-BR" escrevem datas e números como no
# Brasil, "pt-PT" como em Portugal. Um ficheiro (arquivo) pt-PT.ftl ao lado deste vale só para "pt-PT".

# Acima e abaixo do nome do boletim
view-online = Ler a edição { $number } online
issue-number = Edição { $number }
issue-length = { $stories ->
    [one] { $stories } artigo
    [many] { $stories } de artigos
   *[other] { $stories } artigos
} em { $minutes ->
    [one] { $minutes } minuto
    [many] { $minutes } de minutos
   *[other] { $minutes } minutos
}
story-count = { $count ->
    [one] { $count } artigo
    [many] { $count } de artigos
   *[other] { $count } artigos
}
reading-time = { $count }{"\u00A0"}min de leitura
# Os dias da edição, no início da linha; form é days (de 20 a 27 de junho), months ou years
dates = De { $first } a { $last }

# Artigos
lead-story = Em destaque
read-lead = Ler o artigo completo
views = { $count ->
    [one] { $count } visualização
    [many] { $count } de visualizações
   *[other] { $count } visualizações
}
also-in = Também em { $themes }
# O crédito de uma imagem que aparece e o de uma que não aparece
photo = Foto: { $credit }
cover = Imagem de capa: { $credit }

# Listas
in-this-issue = Nesta edição
also-this-week = Também esta semana
minutes = { $count }{"\u00A0"}min

# Os blocos da redação e as correções na página da edição
worth-your-time = Também recomendamos
sponsored = Publicidade
the-figure = O número
source = Fonte
# O que se ouve de um gráfico e se lê sem imagens: a linha do primeiro ponto ao último,
# depois os pontos que se destacam entre os dois
chart-line = Gráfico de linha: { $trend ->
    [up] sobe de { $first } ({ $start }) para { $last } ({ $end })
    [down] cai de { $first } ({ $start }) para { $last } ({ $end })
   *[level] { $first } no início ({ $start }) e no fim ({ $end })
}.
chart-range = Máximo: { $most } ({ $peak }), mínimo: { $least } ({ $trough }).
quoted = “{ $text }”
coming-up = Agenda
corrected = Corrigido em { $date }

# Rodapé
why-you-get-this = Enviado para { $address } porque se inscreveu em “{ $newsletter }”.
# O mesmo na parte de texto, onde o endereço ocupa a linha seguinte
sent-to = Enviado para:
why-in-text = porque se inscreveu em “{ $newsletter }”.
unsubscribe = Cancelar a inscrição
change-choices = Mudar a minha assinatura
privacy = Privacidade
# Um rótulo seguido do que ele anuncia
label = { $text }:
