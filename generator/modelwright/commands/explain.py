"""`modelwright explain`: the manual page of a code, or what a blueprint field means."""

from __future__ import annotations

import click

from modelwright.commands.common import misuse


@click.command(
    "explain",
    epilog="""\b
Examples:
  modelwright explain MW801                  a problem code
  modelwright explain model.spec.autoscale   a blueprint field
  modelwright explain model                  all fields of a kind""",
)
@click.argument("topic")
def command(topic: str) -> None:
    """Explain TOPIC: a problem code such as MW801, or a blueprint field such as model.spec.source."""
    if topic.upper().startswith("MW") and topic[2:].isdigit():
        click.echo(_page(topic.upper()), nl=False)
        return
    from modelwright.load import describe, kinds

    text = describe(topic)
    if text is None:
        known = ", ".join(k.lower() for k in kinds())
        misuse(f"nothing is known of {topic!r}; a code (MW801), a kind ({known}) or a field of one")
    click.echo(text.rstrip("\n"))


def _page(code: str) -> str:
    from modelwright.manual import page
    from modelwright.problems import did_you_mean

    text = page(code)
    if text is None:
        from modelwright.manual import codes

        misuse(f"there is no code {code}; {did_you_mean(code, codes())}")
    return text
