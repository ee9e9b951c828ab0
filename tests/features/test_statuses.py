"""Statuses as shops, payment services and trades write them: what counts, what does not, and what is told."""

import pandas as pd
import pytest

from clustera.features.vocabulary import payment_of_status
from clustera.texts import finding_message

from .conftest import orders_of

# The system, statuses of orders that count, and statuses of orders that do not.
SYSTEMS = [
    ("PrestaShop", "Payment accepted | Processing in progress | Shipped | Delivered | On backorder (paid) | Remote payment accepted", "Awaiting check payment | Canceled | Refunded | Payment error | Awaiting bank wire payment | On backorder (not paid) | Awaiting Cash On Delivery validation | Waiting for PayPal payment"),
    ("PrestaShop in French", "Paiement accepté | En cours de préparation | Expédié | Livré | En attente de réapprovisionnement (payé) | Paiement à distance accepté", "En attente du paiement par chèque | Annulé | Remboursé | Erreur de paiement | En attente de virement bancaire | En attente de réapprovisionnement (non payé) | En attente de paiement à la livraison"),
    ("PrestaShop in Spanish", "Pago aceptado | Preparación en curso | Enviado | Entregado | Pedido pendiente por falta de stock (pagado) | Pago remoto aceptado", "En espera de pago por cheque | Cancelado | Reembolsado | Error en pago | En espera de pago por transferencia bancaria"),
    ("PrestaShop in Italian", "Pagamento accettato | Preparazione in corso | Spedito | Consegnato | Pagamento remoto accettato", "In attesa di pagamento con assegno | Annullato | Rimborsato | Errore di pagamento | In attesa di bonifico bancario"),
    ("PrestaShop in Polish", "Płatność zaakceptowana | Przygotowanie w toku | Wysłane | Dostarczone", "Oczekiwanie na płatność czekiem | Anulowane | Zwrot pieniędzy | Błąd płatności | Oczekiwanie na płatność przelewem bankowym"),
    ("PrestaShop in German", "Zahlung eingegangen | In Bearbeitung | Versandt | Ausgeliefert", "Warten auf Scheckzahlung | Storniert | Erstattet | Fehler bei der Bezahlung | Warten auf Zahlungseingang (Banküberweisung)"),
    ("PrestaShop in Dutch", "Betaling aanvaard | Wordt verwerkt | Verzonden | Afgeleverd", "In afwachting van betaling per cheque | Geannuleerd | Terugbetaald | Betalingsfout"),
    ("Magento", "Processing | Complete | PayPal Canceled Reversal", "Pending | Pending Payment | Suspected Fraud | Payment Review | On Hold | Canceled | Pending PayPal | PayPal Reversed | Rejected"),
    ("BigCommerce", "Awaiting Fulfillment | Awaiting Shipment | Awaiting Pickup | Partially Shipped | Completed | Shipped | Partially Refunded", "Pending | Awaiting Payment | Cancelled | Declined | Refunded | Disputed | Incomplete"),
    ("Wix", "PAID | PARTIALLY_REFUNDED | PARTIALLY_PAID | APPROVED", "NOT_PAID | UNPAID | FULLY_REFUNDED | PENDING | CANCELED | INITIALIZED | REJECTED | PENDING_MERCHANT | AUTHORIZED | CHARGEBACK"),
    ("Amazon", "Shipped | Unshipped | PartiallyShipped | Shipped - Delivered to Buyer | Shipped - Out for Delivery | Shipped - Picked Up | Shipping", "Cancelled | Pending | Shipped - Returned to Seller | Shipped - Rejected by Buyer | Shipped - Lost in Transit | Shipped - Returning to Seller | Unfulfillable | PendingAvailability"),
    ("Allegro", "READY_FOR_PROCESSING | SENT | PICKED_UP | READY_FOR_SHIPMENT | PROCESSING | Do wysłania | Odebrane | Nowe | W realizacji | Gotowe do odbioru | Zakończone", "FILLED_IN | CANCELLED | SUSPENDED | RETURNED | Wstrzymane | Zwrot | Do zapłaty"),
    ("Mercado Libre", "paid | confirmed | partially_paid | partially_refunded | Entregado | En camino | Listo para enviar | Pagado | A caminho | Entregue", "payment_required | payment_in_process | pending_cancel | cancelled | invalid | Cancelada por el comprador | Venta cancelada | Devolución finalizada | Reclamo cerrado con reembolso al comprador | Cancelaste la venta | Venda cancelada | Devolução finalizada com reembolso para o comprador | Pacote cancelado"),
    ("Rakuten", "楽天処理中 | 発送待ち | 発送済 | 支払手続き済", "キャンセル確定待ち | キャンセル確定"),
    ("Shopee", "Completed | To ship | Shipping | To receive | Selesai | Perlu Dikirim | Sedang Dikirim | Concluído | A Enviar | Hoàn thành | Đang giao | Chờ lấy hàng | Đã giao | สำเร็จแล้ว | ที่ต้องจัดส่ง | การจัดส่ง", "Cancelled | Unpaid | Return/Refund | Batal | Belum Bayar | Dibatalkan Pembeli | Pengembalian Barang/Dana | Cancelado | Não pago | Đã hủy | Trả hàng/Hoàn tiền | ยกเลิกแล้ว | ยังไม่ชำระ"),
    ("Lazada", "delivered | shipped | ready_to_ship | packed | confirmed | topack | toship", "canceled | returned | failed_delivery | failed | unpaid | shipped_back | shipped_back_success | lost_by_3pl"),
    ("Flipkart", "APPROVED | PACKING_IN_PROGRESS | PACKED | READY_TO_DISPATCH | SHIPPED | DELIVERED", "CANCELLED | RETURNED | RETURN_REQUESTED | RTO"),
    ("OTTO", "PROCESSABLE | SENT", "RETURNED | CANCELLED_BY_PARTNER | CANCELLED_BY_MARKETPLACE | CANCELLED"),
    ("bol", "Verzonden | Afgehandeld | SHIPPED", "Geannuleerd | CANCELLED"),
    ("Stripe", "succeeded | Paid | processing | Partial Refund | Dispute won", "Failed | Refunded | requires_payment_method | requires_capture | canceled | uncollectible | void | draft | open | Disputed | Uncaptured | Incomplete | Blocked | requires_action | Dispute lost | Expired"),
    ("PayPal", "Completed | Partially Refunded | Cleared", "Pending | Refunded | Denied | Reversed | Canceled | Held | Removed | Uncleared | Expired | Failed | Returned | Unclaimed"),
    ("Adyen", "Settled | SettledBulk | SentForSettle | ChargebackReversed", "Refused | Cancelled | Refunded | Chargeback | SentForRefund | RefundedBulk | Error | Expired | CaptureFailed | SettledReversed"),
    ("Lightspeed", "Completed | completed | CLOSED | LAYBY_CLOSED | ONACCOUNT_CLOSED | AWAITING_DISPATCH | DISPATCHED_CLOSED | paid | partially_paid", "Voided | Open | SAVED | VOIDED | not_paid | cancelled"),
    ("Odoo", "Sales Order | Locked | sale | done | sent | Fully Invoiced | Posted | Paid | In Payment | Partially Paid | posted", "Quotation | Quotation Sent | Cancelled | draft | cancel | Not Paid | Reversed"),
    ("NetSuite", "Billed | Pending Fulfillment | Pending Billing | Partially Fulfilled | Pending Billing/Partially Fulfilled | Paid In Full | Deposited | Not Deposited", "Pending Approval | Cancelled | Voided | Rejected"),
    ("hotels", "ok | Checked Out | Checked In | Confirmed | checked_out | In House | Due Out | Departed | Arrived | Check-Out | Stayed | Completed", "cancelled_by_guest | cancelled_by_hotel | no_show | Cancelled | No-Show | No show | Tentative | Waitlist | Canceled"),
    ("clinics", "Completed | Attended | Arrived | Seen | Erschienen | Wahrgenommen", "Did not attend | DNA | No Show | Cancelled | Rescheduled | Cancelled by patient | Missed | Nicht erschienen | Abgesagt"),
    ("gyms", "Attended | Signed in | Active | Paid", "Late cancel | No-show | Early cancel | Waitlisted | Late Cancelled | Absent | Declined | Unpaid"),
    ("restaurants", "Seated | Finished | Closed | Confirmed | Walk-in | Delivered | Completed | Accepted | Served | Picked up", "No Show | Cancelled | Voided | Rejected | Comped"),
    ("rides", "Completed | Success", "CANCELED | DRIVER_CANCELED | RIDER_CANCELED | Canceled Rider | Incomplete | No Driver Found | Cancelled by Driver"),
]  # fmt: skip
NEGATED = [
    "Nicht bezahlt", "non payé", "No pagado", "Não pago", "Niet betaald", "Ej betald", "Nezaplaceno", "Ödenmedi", "Не оплачен",
    "未支払", "未付款", "미결제", "غير مدفوع", "Belum dibayar", "to be paid", "à payer", "Por pagar", "Da pagare", "Te betalen",
]  # fmt: skip


def log(lines=80, **columns):
    cells = {
        "customer_id": [str(100 + at % 20) for at in range(lines)],
        "order_date": [f"2024-{at % 12 + 1:02d}-05" for at in range(lines)],
        "amount": ["10.50"] * lines,
    }
    return pd.DataFrame(cells | {name: [said[at % len(said)] for at in range(lines)] for name, said in columns.items()})


def told(orders):
    return next((finding_message(found) for found in orders.findings if found.code == "order-status"), "")


@pytest.mark.parametrize(("paid", "unpaid"), [row[1:] for row in SYSTEMS], ids=[row[0] for row in SYSTEMS])
def test_the_statuses_of_a_system_count_or_do_not(paid, unpaid):
    assert [said for said in paid.split(" | ") if payment_of_status(said) != "paid"] == []
    assert [said for said in unpaid.split(" | ") if payment_of_status(said) != "unpaid"] == []


@pytest.mark.parametrize("said", NEGATED)
def test_what_is_still_to_be_paid_does_not_count(said):
    assert payment_of_status(said) == "unpaid"


@pytest.mark.parametrize("said", ["Not shipped", "Nicht versandt", "Not yet delivered"])
def test_goods_that_did_not_go_out_say_nothing_of_the_payment(said):
    assert payment_of_status(said) == "unknown"


@pytest.mark.parametrize(
    ("name", "done", "void"),
    [
        ("Delivery Status", "Delivered", "Cancelled"),
        ("Versandstatus", "Zugestellt", "Storniert"),
        ("Statut de livraison", "Livrée", "Retournée"),
        ("Estado del envío", "Entregado", "Devuelto"),
        ("Kargo Durumu", "Teslim edildi", "İade"),
        ("Статус доставки", "Доставлен", "Отменён"),
        ("配送状態", "配達完了", "キャンセル"),
        ("物流状态", "已签收", "已拒收"),
        ("order_line_status", "shipped", "returned"),
        ("Return Status", "no", "Returned"),
    ],
)
def test_canceled_orders_of_a_delivery_status_are_left_out_whatever_its_other_words_are(engine, name, done, void):
    orders = orders_of(engine, log(**{name: [done, "qrs", "xyz", void]}))
    assert orders.money.lines_set_aside == 20
    assert "Of unknown meaning, and counted: 'qrs', 'xyz'." in told(orders)


@pytest.mark.parametrize(
    ("name", "none", "other", "gone"),
    [
        ("Refund Status", "", ["Completed", "Rejected", "Pending"], "Refunded"),
        ("Return Status", "Not returned", ["Approved", "Denied", "Cancelled"], "Returned"),
        ("Cancellation Status", "No", ["Approved", "Rejected", "Requested"], "Cancelled"),
    ],
)
def test_a_status_of_returns_leaves_out_what_came_back_and_tells_what_it_does_not_say(engine, name, none, other, gone):
    orders = orders_of(engine, log(100, **{name: [none, *other, gone]}))
    assert orders.money.lines_set_aside == 20
    assert told(orders).split("Of unknown meaning, and counted: ")[1].count("'") == 2 * len(other)


@pytest.mark.parametrize("said", [["New", "Returning"], ["New", "Loyal", "Lapsed"]])
def test_a_status_of_customers_leaves_no_order_out(engine, said):
    assert orders_of(engine, log(status=said)).money.lines_set_aside == 0


def test_goods_on_their_way_back_were_not_paid():
    assert payment_of_status("Shipped - Returning to Seller") == "unpaid"


@pytest.mark.parametrize("said", ["Rescheduled", "Absent", "Missed", "Ausente", "Afwezig"])
def test_a_delivery_that_was_tried_in_vain_was_paid_and_a_visit_was_not(engine, said):
    assert orders_of(engine, log(**{"Delivery Status": ["Delivered", said]})).money.lines_set_aside == 0
    assert orders_of(engine, log(Status=["Completed", said])).money.lines_set_aside == 40


@pytest.mark.parametrize("said", ["Abgebucht", "Refund rejected", "Return request denied", "Cancellation declined"])
def test_what_was_debited_or_not_given_back_was_paid(said):
    assert payment_of_status(said) == "paid"


def test_what_waits_for_its_delivery_counts(engine):
    assert (
        orders_of(
            engine, log(**{"Delivery Status": ["Delivered", "Pending", "Returned", "Open"]})
        ).money.lines_set_aside
        == 20
    )


def test_a_delivery_status_beside_the_payment_leaves_out_what_came_back(engine):
    frame = log(
        **{"Fulfillment Status": ["fulfilled", "pending", "returned", "fulfilled"], "Financial Status": ["paid"]}
    )
    assert orders_of(engine, frame).money.lines_set_aside == 20
    frame["Fulfillment Status"] = (
        frame["Fulfillment Status"].replace("returned", "restocked").replace("pending", "unfulfilled")
    )
    assert told(orders_of(engine, frame)) == ""


def test_what_most_customers_bring_back_was_lent_and_counts(engine):
    said = ["Returned", "Returned", "Returned", "On rent", "Cancelled"]
    orders = orders_of(engine, log(**{"Rental Status": said}))
    assert orders.money.lines_set_aside == 16
    assert "Of unknown meaning, and counted: 'Returned'." in told(orders)
    assert orders_of(engine, log(Status=said), unpaid=("returned",)).money.lines_set_aside == 64


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("Customer Type", ("New", "Returning")),
        ("Visit type", ("new", "returning")),
        ("Billing State", ("CA", "OK", "IN", "NY")),
        ("Source", ("checkout", "draft_order")),
        ("Warranty status", ("Active", "Expired")),
        ("Trip type", ("Retour", "New")),
    ],
)
def test_words_of_a_status_elsewhere_leave_no_order_out(engine, name, values):
    assert orders_of(engine, log(**{name: values})).money.lines_set_aside == 0
