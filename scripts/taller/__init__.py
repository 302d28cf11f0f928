"""The workshop's command line: one module a command.

The package reads from the outside in::

    cli                    the commands and their options; mistakes become a message and a code
    chapters               from what a person names to the pages meant
    verificar, actualizar, probar, servir, construir, laboratorio   the commands
    summary                the results as a table
    child                  programs that we start and always end
    wording                typer's own English, in Spanish
"""
