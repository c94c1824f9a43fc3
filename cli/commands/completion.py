"""`spacegarden completion`."""

import click
from click.shell_completion import get_completion_class

_HELP = """Print what completes commands and options in a shell.

\b
bash  eval "$(spacegarden completion bash)"          in ~/.bashrc
zsh   eval "$(spacegarden completion zsh)"           in ~/.zshrc
fish  spacegarden completion fish | source           in ~/.config/fish/config.fish
"""


@click.command(help=_HELP)
@click.argument("shell", type=click.Choice(("bash", "zsh", "fish")))
@click.pass_context
def completion(ctx: click.Context, /, *, shell: str) -> None:
    """Prints the script."""
    kind = get_completion_class(shell)
    assert kind is not None  # the shells above are click's own
    click.echo(kind(ctx.find_root().command, {}, "spacegarden", "_SPACEGARDEN_COMPLETE").source())
