"""Numbers in sentences: a minus sign that is one, and none before zero."""


def number(value: float, form: str = ".3f") -> str:
    """A number in a format, a dash where there is none.

    >>> number(-0.0002), number(-1.5, "+.1f"), number(float("nan"))
    ('0.000', '−1.5', '–')
    """
    if value is None or value != value:
        return "–"
    text = format(value, form)
    if float(text.replace(",", "")) == 0:
        text = text.lstrip("+-")
    return text.replace("-", "−")
