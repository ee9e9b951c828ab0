"""The words of ordered brackets in the usual languages: under, over, to, between, none; and what multiplies a number."""

from __future__ import annotations

import re
from collections.abc import Iterable

# One line a language: English, German, French, Spanish, Portuguese, Italian, Dutch, Scandinavian, Finnish, Polish, Czech,
# Hungarian, Romanian, Russian, Turkish, Greek, Indonesian, Vietnamese, Arabic, Hindi, Thai.
BELOW = (
    "under|below|less than|lower than|fewer than|younger than|smaller than|up to|until|at most|maximum|max|within",
    "no more than|not more than|less|younger|lower|fewer|earlier",
    "unter|bis|bis zu|weniger als|höchstens|maximal|jünger als|weniger|jünger|darunter",
    "moins de|moins que|moins|jusqu'à|jusqu’à|jusqu'a|inférieur à|au plus|au maximum|en dessous de|plus jeune|sous",
    "menos de|menos que|menos|hasta|debajo de|por debajo de|menor de|menor que|inferior a|máximo|como máximo|menores de",
    "menos do que|até|abaixo de|no máximo|abaixo",
    "meno di|meno|fino a|sotto i|sotto|al massimo|inferiore a|minore di|entro",
    "minder dan|onder|tot|tot en met|hoogstens|ten hoogste|jonger dan|minder|binnen",
    "mindre än|mindre end|mindre enn|högst|upp till|op til|opptil|inntil|højst|færre end|mindre|yngre",
    "alle|enintään|vähemmän kuin|korkeintaan",
    "poniżej|mniej niż|do|co najwyżej|mniej|maksymalnie",
    "pod|méně než|nejvýše|méně|menej ako",
    "kevesebb mint|kevesebb|legfeljebb|alatt|alatti",
    "sub|mai puțin de|până la|cel mult|mai putin de|pana la",
    "менее|меньше|до|не более|ниже|моложе|младше|до и включая",
    "altında|altı|az|daha az|'den az|'dan az|en fazla|kadar|e kadar|'e kadar|'a kadar",
    "κάτω από|κάτω των|έως|μέχρι|λιγότερο από|λιγότερα από",
    "kurang dari|di bawah|dibawah|hingga|maksimal|kurang",
    "dưới|ít hơn|nhỏ hơn|tối đa",
    "أقل من|تحت|حتى|أصغر من",
    "से कम|से नीचे|तक",
    "ต่ำกว่า|น้อยกว่า|ไม่เกิน",
    "<=|=<|≤|<|≦|≤=",
)
ABOVE = (
    "over|above|more than|greater than|higher than|older than|at least|from|minimum|min|starting at|not less than",
    "no less than|more|older|higher|greater|up|upwards|onwards|plus|beyond|later|after",
    "über|ab|mehr als|mindestens|von|mehr|älter|älter als|aufwärts|darüber|höher",
    "plus de|plus que|à partir de|a partir de|supérieur à|au moins|au-dessus de|au dessus de|au-delà de|plus|dès",
    "más de|mas de|más que|mas que|más|mas|desde|mayor de|mayor que|mayores de|superior a|al menos|por encima de|encima de|adelante|en adelante",
    "mais de|mais do que|mais que|mais|acima de|a partir dos|pelo menos|acima",
    "più di|oltre|oltre i|da|dai|almeno|maggiore di|superiore a|più|piu|sopra|sopra i",
    "meer dan|boven|vanaf|minstens|ten minste|ouder dan|meer|ouder",
    "mer än|mere end|mer enn|över|minst|mindst|fra|från|over|og over|och över|mer|flere end|äldre|eldre|ældre|mere",
    "yli|vähintään|enemmän kuin",
    "powyżej|ponad|więcej niż|od|co najmniej|więcej|wzwyż",
    "nad|více než|alespoň|více|viac ako",
    "több mint|több|legalább|felett|feletti|fölött",
    "peste|mai mult de|cel puțin|cel putin",
    "более|больше|свыше|от|не менее|выше|старше|и выше|и старше|и более|и больше",
    "üzeri|üzerinde|üstü|fazla|daha fazla|en az|'den fazla|'dan fazla|üstünde",
    "πάνω από|άνω των|από|περισσότερο από|τουλάχιστον|και άνω|και πάνω|άνω",
    "lebih dari|di atas|diatas|ke atas|keatas|minimal|lebih|mulai",
    "trên|hơn|lớn hơn|nhiều hơn|tối thiểu|từ|trở lên",
    "أكثر من|فوق|من|أكبر من|فأكثر",
    "से अधिक|से ऊपर|से ज्यादा|और अधिक",
    "มากกว่า|ตั้งแต่|ขึ้นไป|สูงกว่า",
    r"\+|>=|=>|≥|>|≧",
)
# Written behind a number without a blank, so that they are no words of their own.
BELOW_JOINED = "未満|以下|以内|まで|少于|低于|不足|不到|小于|미만|이하|까지"
ABOVE_JOINED = "以上|超|超过|多于|高于|大于|より多い|から|이상|초과|부터"
TO = (
    "to|till|until|thru|through|and|bis|und|à|a|au|et|al|hasta|y|até|ao|e|i|ai|fino a|tot|en|t/m|til|till|och|og|ja|do|až|"
    "până la|pana la|la|до|по|и|ile|ve|arası|έως|και|hingga|sampai|dan|s/d|đến|tới|إلى|से|और|ถึง|between|az"
    "|-|–|—|−|~|〜|～|\\.\\.|\\.\\.\\.|…|:|,"
)
TO_JOINED = "から|至|到|〜|～|~|에서|부터|まで"
BETWEEN = (
    "from|between|von|zwischen|de|du|entre|desde|dal|da|tra|fra|van|tussen|från|mellan|mellom|mellem|od|między|mezi"
    "|între|de la|от|с|между|από|μεταξύ|antara|dari|từ|من|بين|aged?|range|arasında|arası"
)
FILLERS = (
    "and|or|und|oder|et|ou|y|o|e|en|of|og|och|eller|i|lub|a|nebo|és|vagy|și|sau|и|или|ve|veya|και|dan|atau|và|the|los|las|les|die"
    "|tai|ja|&|old|of age|alt|de|d'|di|than|als|que|kuin|niż|než|inclusive|incl"
)
NOTHING = (
    "none|no|not any|nothing|zero|nil|never|without|kein|keine|keiner|keins|nie|ohne|null|aucun|aucune|sans|jamais|zéro|ningun"
    "|ninguno|ninguna|ningún|nada|sin|cero|nunca|nenhum|nenhuma|sem|não há|nessuno|nessuna|nessun|niente|senza|mai|geen|niets|nooit"
    "|ingen|inga|inget|ingenting|aldrig|aldri|intet|ei mitään|ei yhtään|brak|żaden|żadne|bez|žádný|žádné|žádná|nincs|nici unul|niciunul"
    "|нет|ни одного|без|никогда|ноль|yok|hiç|hiçbiri|sıfır|κανένα|καμία|χωρίς|tidak ada|tanpa|không có|không|لا يوجد|بدون|कोई नहीं|ไม่มี"
)
# "No answer" is no 0.
ANSWERS = (
    "answer|data|response|reply|info|information|idea|opinion|preference|value|applicable|available|angabe|angaben|antwort|daten"
    "|réponse|données|respuesta|datos|aplica|sabe|sé|sei|resposta|dados|risposta|dati|antwoord|gegevens|svar|odpowiedzi|danych"
    "|odpovědi|ответа|данных|cevap|bilgi|данни|jawaban|known|sure|say|entry|record|match"
)
NOTHING_JOINED = "なし|無し|无|無|没有|零|없음"
NEW = "new|brand new|neu|neuf|neuve|nouveau|nouvelle|nuevo|nueva|novo|nova|nuovo|nuova|nieuw|ny|nytt|uusi|nowy|nowa|nový|új|nou|новый|новая|yeni|νέο|baru|mới|新品|新車|新车"
# What lasts: a new car is 0 years old.
TIMES = (
    "years|months|days|jahre|jahren|monate|monaten|tage|tagen|années|años|anos|mesi|giorni|jaren|maanden|dagen|dní|let|лет|года|месяцев|"
    "y|yr|yrs|year|jahr|an|ans|año|ano|anni|anno|jaar|år|rok|lat|let|év|год|лет|yıl|tahun|năm|年|month|monat|mois|mes|mese|maand|month|day|tag|jour|día|dia|giorno|dag"
)
# Words of one unit that do not begin alike.
SAME_UNITS = tuple(
    frozenset(group.split())
    for group in (
        "год года лет г",
        "rok lata lat",
        "y yr yrs year years yo",
        "rs inr ₹",
        "день дня дней",
        "rok roky let",
    )
)
TIMES_TEN = {
    1e3: "k|tsd|thousand|tys|тыс|тис|mille|mil|mila|rb|ribu|bin|千|천|nghìn|thousands|tis|ezer|χιλ",
    1e4: "万|萬|만",
    1e5: "lakh|lakhs|lac|लाख",
    1e6: "m|mio|mln|mn|million|millions|millionen|millones|milhões|milioni|millionen|miljoen|miljoner|млн|jt|juta|milyon|triệu|百万",
}


def any_of(words: str | Iterable[str], joined: str = "") -> re.Pattern[str]:
    """A pattern for any of the words, the longest first: `words` stand alone, `joined` ones may touch what is around them."""
    listed = {word for line in ([words] if isinstance(words, str) else words) for word in line.split("|")}
    signs = {word for word in listed if not re.search(r"\w", word)}
    alone = "|".join(map(_spaced, sorted(listed - signs, key=lambda word: (-len(word), word))))
    touching = "|".join(sorted(signs | set(filter(None, joined.split("|"))), key=lambda word: (-len(word), word)))
    return re.compile(rf"(?<!\w)(?:{alone})(?!\w)" + (f"|{touching}" if touching else ""))


def _spaced(words: str) -> str:
    return r"\s+".join(re.escape(word) for word in words.split())
