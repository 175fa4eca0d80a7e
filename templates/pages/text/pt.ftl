# As palavras das páginas para leitores e do e-mail que responde a um pedido, em português.
# Mude o que está depois de “=”; deixe os nomes e os valores entre { chaves }.

skip = Ir para o conteúdo
subscribe = Assinar
archive = Arquivo
privacy = Privacidade
issue-number = Edição { $number }

# Página de assinatura
subscribe-title = Receba “{ $newsletter }” por e-mail
subscribe-lede = Só escrevemos quando há uma edição, e basta um clique para cancelar.
email = Endereço de e-mail
name = Nome
optional = opcional
leave-empty = Deixe vazio
which = O que deseja receber
how-often = Com que frequência
frequency-every = Todas as edições
frequency-monthly = No máximo uma por mês
wording = Ao clicar em “Assinar”, concorda que { $organisation } lhe envie { $newsletters } por e-mail. Não usamos o seu endereço para mais nada. Todos os e-mails têm um link para cancelar.
chosen-above = o que escolheu acima
wrong-email = Escreva um endereço completo, como name@example.org.
wrong-choice = Escolha o que deseja receber.
latest = Últimas edições
all-issues = Todas as edições

# Depois do formulário, e aonde leva o botão do e-mail
sent-title = Veja o seu e-mail
sent-text = Se o endereço estiver certo, uma mensagem está a caminho. Clique no botão dela, e a assinatura fica feita. Pode levar alguns minutos; veja também o spam.
confirm-title = Mais um clique
confirm-text = Clique no botão e receberá:
confirm-button = Sim, quero assinar
confirm-not-me = Se não pediu isto, feche esta página. Não receberá nada.
welcome-title = Assinatura feita
welcome-text = Obrigado. A próxima edição chegará ao seu e-mail.
expired-title = Este link já não é válido
expired-text = Um link de confirmação vale sete dias. Assine outra vez, por favor.

# Cancelar, e mudar o que se recebe
leave-title = Cancelar a assinatura
leave-text = Clique no botão e não receberá mais “{ $newsletter }”.
leave-all-text = Clique no botão e não receberá mais nenhum boletim de { $organisation }.
unsubscribe = Cancelar a assinatura
change-instead = Mudar a minha assinatura
left-title = Assinatura cancelada
left-text = Não receberá mais este boletim. Um e-mail que já esteja a caminho ainda pode chegar.
come-back = Foi um engano: assinar de novo
choices-title = A sua assinatura
choices-for = Opções para
themes = Temas
themes-of = Temas de “{ $newsletter }”
themes-hint = Cada e-mail traz as notícias dos temas marcados. Se uma edição não tiver nenhuma, não chega e-mail. Com todos marcados, os temas novos juntam-se sozinhos.
themes-none = Sem nenhum marcado, recebe todos.
wrong-themes = Marque pelo menos um tema ou cancele a assinatura.
save = Guardar
saved = Guardado.
keep-reading = Ler as últimas edições

# Arquivo
search = Procurar
search-in = Procurar em todas as edições
found = { $count ->
    [0] Nada encontrado para “{ $query }”.
    [one] { $count } edição para “{ $query }”
   *[other] { $count } edições para “{ $query }”
}
no-issue-yet = Ainda não saiu nenhuma edição.
older = Edições anteriores

# Quando algo está errado
missing-title = Não há nada aqui
missing-text = Talvez o link esteja incompleto. Use de novo o link do e-mail, por favor.
home = Para a primeira página

# O e-mail que responde a um pedido
mail-subject = Confirme, por favor: { $newsletter }
mail-heading = Confirme a sua assinatura
mail-text = Alguém, provavelmente você, pediu { $newsletters } para este endereço. Clique no botão da página que se abre, e a assinatura fica feita.
mail-button = Confirmar a minha assinatura
mail-ignore = Se não foi você, não faça nada: não receberá nada, e esqueceremos o endereço numa semana.
known-subject = Já é assinante: { $newsletter }
known-heading = Já é assinante
known-text = Alguém, provavelmente você, pediu { $newsletters } para este endereço. Já recebe isso. Aqui pode ver e mudar a sua assinatura:
known-button = A minha assinatura
known-ignore = Se não foi você, não faça nada: tudo fica como está.
