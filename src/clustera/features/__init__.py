"""From a log of orders to what describes a customer's behaviour."""
