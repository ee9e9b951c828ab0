"""A table whose columns are named in another language has the segments, names and actions of the same table in English."""

import numpy as np
import pandas as pd
import pytest

import clustera
from clustera import features
from clustera.engines import Engine
from clustera.read import read

SHOP = {
    "en": "Customer ID,Orders,Revenue,Last order",
    "de": "Kundennummer,Anz_Best,Umsatz_ges,Letzte Bestellung",
    "nl": "Klantnummer,Aantal bestellingen,Totale omzet,Laatste bestelling",
    "fr": "N° client,Nb commandes,CA TTC,Dernière commande",
    "es": "Nº cliente,Nº pedidos,Importe total,Fecha último pedido",
    "it": "Codice cliente,N. ordini,Fatturato,Data ultimo ordine",
    "pt": "Cód. cliente,Qtd pedidos,Faturamento,Data último pedido",
    "sv": "Kundnr,Antal order,Omsättning,Senaste order",
    "da": "Kundenr,Antal ordrer,Omsætning,Seneste ordre",
    "no": "Kundenr,Antall ordrer,Omsetning,Siste ordre",
    "fi": "Asiakasnro,Tilausten määrä,Liikevaihto,Viimeisin tilaus",
    "pl": "Nr klienta,Liczba zamówień,Obrót,Data ostatniego zamówienia",
    "cs": "Číslo zákazníka,Počet objednávek,Obrat,Poslední objednávka",
    "hu": "Ügyfélszám,Rendelések száma,Árbevétel,Utolsó rendelés",
    "ro": "ID client,Număr comenzi,Cifra de afaceri,Ultima comandă",
    "el": "Κωδικός πελάτη,Αριθμός παραγγελιών,Τζίρος,Τελευταία παραγγελία",
    "tr": "Müşteri No,Sipariş sayısı,Ciro,Son sipariş tarihi",
    "ru": "КлиентID,КоличествоЗаказов,СуммаЗаказов,ПоследнийЗаказ",
    "uk": "Номер клієнта,Кількість замовлень,Виручка,Останнє замовлення",
    "id": "ID Pelanggan,Jumlah pesanan,Total belanja,Pesanan terakhir",
    "vi": "Mã khách hàng,Số đơn hàng,Doanh thu,Đơn hàng cuối",
    "zh": "客户编号,订单数,消费总额,最近下单日期",
    "ja": "顧客ID,注文回数,売上合計,最終注文日",
    "ko": "고객번호,주문수,총구매액,최근주문일",
    "ar": "رقم العميل,عدد الطلبات,إجمالي المبيعات,آخر طلب",
}
DONORS = {
    "en": "Donor ID,Number of donations,Total donated,Last donation",
    "de": "Spender-Nr,Anzahl Spenden,Spendensumme,Letzte Spende",
    "nl": "Donateur-ID,Aantal donaties,Totaal gedoneerd,Laatste gift",
    "fr": "ID donateur,Nombre de dons,Montant total des dons,Dernier don",
    "es": "ID donante,Número de donaciones,Total donado,Última donación",
    "it": "ID donatore,Numero donazioni,Totale donato,Ultima donazione",
    "pt": "ID doador,Número de doações,Total doado,Última doação",
    "sv": "Givar-ID,Antal gåvor,Totalt skänkt,Senaste gåva",
    "da": "Donor-ID,Antal donationer,Samlet donation,Seneste donation",
    "no": "Giver-ID,Antall gaver,Sum gaver,Siste gave",
    "fi": "Lahjoittajan ID,Lahjoitusten määrä,Lahjoitukset yhteensä,Viimeisin lahjoitus",
    "pl": "ID darczyńcy,Liczba darowizn,Suma darowizn,Ostatnia darowizna",
    "cs": "ID dárce,Počet darů,Celkem darováno,Poslední dar",
    "tr": "Bağışçı ID,Bağış sayısı,Toplam bağış,Son bağış",
    "ru": "ID донора,Количество пожертвований,Сумма пожертвований,Последнее пожертвование",
    "ja": "寄付者ID,寄付回数,寄付総額,最終寄付日",
    "zh": "捐赠者编号,捐赠次数,捐赠总额,最近捐赠日期",
    "ko": "후원자ID,기부횟수,총기부액,최근기부일",
}

GYM = {
    "en": "Member ID,Visits,Monthly fee,Last visit,Member since",
    "de": "Mitglieds-Nr,Besuche,Monatsbeitrag,Letzter Besuch,Mitglied seit",
    "fr": "N° adhérent,Visites,Cotisation mensuelle,Dernière visite,Membre depuis",
    "es": "Nº socio,Visitas,Cuota mensual,Última visita,Socio desde",
    "it": "N. socio,Visite,Quota mensile,Ultima visita,Iscritto dal",
    "nl": "Lidnummer,Bezoeken,Maandbedrag,Laatste bezoek,Lid sinds",
    "sv": "Medlemsnr,Besök,Månadsavgift,Senaste besök,Medlem sedan",
    "pl": "Nr członka,Wizyty,Opłata miesięczna,Ostatnia wizyta,Członek od",
    "pt": "Nº sócio,Visitas,Mensalidade,Última visita,Sócio desde",
    "tr": "Üye No,Ziyaret sayısı,Aylık ücret,Son ziyaret,Üyelik tarihi",
    "ru": "ID клиента,Визиты,Абонентская плата,Последний визит,Клиент с",
    "fi": "Jäsennro,Käynnit,Kuukausimaksu,Viimeisin käynti,Jäsen alkaen",
    "ja": "会員番号,来店回数,月会費,最終来店日,入会日",
    "zh": "会员号,到店次数,月费,最近到店日期,入会日期",
    "ko": "회원번호,방문횟수,월회비,최근방문일,가입일",
    "da": "Medlemsnr,Besøg,Månedspris,Seneste besøg,Medlem siden",
    "cs": "Číslo člena,Návštěvy,Měsíční poplatek,Poslední návštěva,Člen od",
}

LOGS = {
    "fi": "Tilausnro,Asiakasnro,Tilauspäivä,Tuotenro,Määrä,Summa",
    "hu": "Rendelésszám,Ügyfélszám,Rendelés dátuma,Cikkszám,Mennyiség,Összeg",
    "ro": "Nr comandă,Cod client,Data comenzii,Cod produs,Cantitate,Valoare",
    "el": "Αρ. παραγγελίας,Κωδικός πελάτη,Ημερομηνία παραγγελίας,Κωδικός προϊόντος,Ποσότητα,Ποσό",
    "uk": "Номер замовлення,ID клієнта,Дата замовлення,Артикул,Кількість,Сума",
    "vi": "Mã đơn hàng,Mã khách hàng,Ngày đặt hàng,Mã sản phẩm,Số lượng,Thành tiền",
    "pt": "Nº pedido,Cód. cliente,Data pedido,Cód. produto,Qtd,Valor",
    "es": "Nº pedido,Nº cliente,Fecha pedido,Cód. producto,Cantidad,Importe",
    "ru": "НомерЗаказа,КодКлиента,ДатаЗаказа,КодТовара,Количество,СуммаЗаказа",
}


def _table(header):
    random = np.random.default_rng(5)
    group = np.arange(450) % 3
    days = np.where(group == 0, random.integers(400, 900, 450), random.integers(3, 200, 450))
    cells = [
        np.arange(1_000, 1_450),
        random.poisson(np.array([2, 12, 5])[group]) + 1,
        (random.gamma(3, np.array([20, 40, 400])[group])).round(2),
        (pd.Timestamp("2025-11-01") - pd.to_timedelta(days, unit="D")).strftime("%Y-%m-%d"),
    ]
    return pd.DataFrame(dict(zip(header.split(","), cells, strict=True)))


def _gym(header):
    random = np.random.default_rng(3)
    group = np.arange(450) % 3
    days = np.where(group == 0, random.integers(100, 400, 450), random.integers(1, 30, 450))
    cells = [
        np.arange(500, 950),
        random.poisson(np.array([1, 12, 5])[group]),
        (random.gamma(3, np.array([5, 9, 30])[group])).round(2),
        *(
            (pd.Timestamp("2025-11-01") - pd.to_timedelta(ago, unit="D")).strftime("%Y-%m-%d")
            for ago in (days, random.integers(400, 2_000, 450))
        ),
    ]
    return pd.DataFrame(dict(zip(header.split(","), cells, strict=True)))


def _segments(table):
    with clustera.segment(table, k=3, outliers=False, progress=False, threads=1) as seg:
        return list(seg.names.values()), list(seg.segments["customers"]), list(seg.actions["action"])


@pytest.fixture(scope="module")
def in_english():
    return {
        "shop": _segments(_table(SHOP["en"])),
        "donors": _segments(_table(DONORS["en"])),
        "gym": _segments(_gym(GYM["en"])),
    }


@pytest.mark.parametrize("language", [code for code in SHOP if code != "en"])
def test_a_shop_is_told_alike_in_every_language(language, in_english):
    assert _segments(_table(SHOP[language])) == in_english["shop"]


@pytest.mark.parametrize("language", [code for code in DONORS if code != "en"])
def test_donors_are_told_alike_in_every_language(language, in_english):
    names, _, actions = in_english["donors"]
    assert all("donors" in name for name in names)
    assert actions
    assert _segments(_table(DONORS[language])) == in_english["donors"]


@pytest.mark.parametrize("language", [code for code in GYM if code != "en"])
def test_members_are_told_alike_in_every_language(language, in_english):
    names, _, _ = in_english["gym"]
    assert {"Active frequent visitors", "Lapsed rare visitors"} < set(names)
    assert _segments(_gym(GYM[language])) == in_english["gym"]


@pytest.mark.parametrize("language", LOGS)
def test_order_lines_have_the_same_roles_and_money_in_every_language(language):
    random = np.random.default_rng(1)
    days = pd.Timestamp("2024-01-01") + pd.to_timedelta(random.integers(0, 700, 900), unit="D")
    cents = random.integers(100, 9_000, 900)
    cells = [
        np.arange(900) + 9_000,
        random.integers(1, 90, 900),
        days.strftime("%Y-%m-%d"),
        random.integers(1, 40, 900),
        random.integers(1, 5, 900),
        cents / 100,
    ]
    log = pd.DataFrame(dict(zip(LOGS[language].split(","), cells, strict=True)))
    with Engine(threads=1) as engine:
        orders = features.read_orders(read(log, engine=engine, role="orders"))
        assert [column.role for column in orders.columns] == [
            "order",
            "customer",
            "date",
            "product",
            "quantity",
            "amount",
        ]
        assert orders.money.used == cents.sum()
        assert not orders.findings
