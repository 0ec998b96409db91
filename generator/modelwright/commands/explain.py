"""`modelwright explain`: the manual page of a code, what a blueprint field means, or what becomes of a component."""

from __future__ import annotations

import click

from modelwright.commands.common import misuse


@click.command(
    "explain",
    epilog="""\b
Examples:
  modelwright explain MW801                       a problem code
  modelwright explain model.spec.autoscale        a blueprint field
  modelwright explain model                       all fields of a kind
  modelwright explain prod/fraud-detector         a component: its runtime, its pod, whose word each value is
  modelwright explain prod/risk/fraud-detector    the same, where several projects have one of that name""",
)
@click.argument("topic")
@click.option(
    "--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True, help="How to print what becomes of a component."
)
@click.pass_obj
def command(directory: str, topic: str, form: str) -> None:
    """Explain TOPIC: a problem code such as MW801, a blueprint field such as model.spec.source, or what becomes of a
    component in an environment, such as prod/fraud-detector."""
    if "/" in topic:
        from modelwright.commands.verdict import explain

        explain(directory, topic, form)
        return
    if topic.upper().startswith("MW") and topic[2:].isdigit():
        click.echo(_page(topic.upper()), nl=False)
        return
    from modelwright.load import describe, kinds

    text = describe(topic)
    if text is None:
        known = ", ".join(k.lower() for k in kinds())
        misuse(f"nothing is known of {topic!r}; a code (MW801), a kind ({known}), a field of one, or ENVIRONMENT/COMPONENT")
    click.echo(text.rstrip("\n"))


def _page(code: str) -> str:
    from modelwright.manual import page
    from modelwright.problems import did_you_mean

    text = page(code)
    if text is None:
        from modelwright.manual import codes

        misuse(f"there is no code {code}; {did_you_mean(code, codes())}")
    return text
