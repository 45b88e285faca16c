"""The command `vigie`: the one place that may import all three rooms."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from dashboard.cli import ask, load, reference, verify
from kpi.definition import FAMILIES

app = typer.Typer(
    name="vigie",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="KPI dashboard for contact centres.\n\n"
    "Start with `vigie demo` then `vigie run`, or `vigie import FILES` with your own exports.\n\n"
    "The database is data/vigie.duckdb in a checkout, or --db FILE, or the variable VIGIE_DB.",
)

Db = Annotated[Path | None, typer.Option("--db", help="The database file.", show_default=False)]

MappingFile = Annotated[Path | None, typer.Option(help="TOML file that maps a foreign export.")]
SourceZone = Annotated[str | None, typer.Option(help="Time zone of times written without one.")]
DateOrder = Annotated[str | None, typer.Option(help="dmy or mdy, where 02/03/2026 does not prove it.")]


@app.command()
def demo(
    db: Db = None,
    tickets: Annotated[int, typer.Option(help="How many tickets.", min=100)] = 60_000,
    seed: Annotated[int, typer.Option(help="Another seed makes another centre.")] = 2026,
    until: Annotated[str | None, typer.Option(help="Last day, YYYY-MM-DD; default yesterday.")] = None,
) -> None:
    """Write a demo contact centre: two years of a believable French one, always the same."""
    last = ask.day(until, "--until") if until else None
    load.demo(load.path(db), tickets, seed, last)


@app.command(name="import")
def import_(
    paths: Annotated[list[Path], typer.Argument(help="Files, folders, archives: CSV, workbooks, JSON, Parquet.")],
    db: Db = None,
    source: Annotated[str | None, typer.Option(help="Name of the source system, for the history.")] = None,
    table: Annotated[str | None, typer.Option(help="Canonical table, when the file's name does not say.")] = None,
    mapping: MappingFile = None,
    timezone: Annotated[str | None, typer.Option(help="Reporting time zone of a new database.")] = None,
    source_zone: SourceZone = None,
    date_order: DateOrder = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Report without changing anything.")] = False,
    keep_names: Annotated[bool, typer.Option("--keep-names", help="Store the names of agents too.")] = False,
) -> None:
    """Import exports: every row is loaded, updated, unchanged or rejected with its line and reason."""
    load.import_files(
        load.path(db),
        paths,
        source=source,
        table=table,
        mapping=mapping,
        timezone=timezone,
        source_zone=source_zone,
        date_order=date_order,
        dry_run=dry_run,
        keep_names=keep_names,
    )


@app.command()
def watch(
    folder: Annotated[Path, typer.Argument(help="The folder into which your tools write their exports.")],
    db: Db = None,
    every: Annotated[float, typer.Option(help="Seconds between two looks.", min=0.1)] = 2.0,
    mapping: MappingFile = None,
    source_zone: SourceZone = None,
    date_order: DateOrder = None,
) -> None:
    """Import what arrives in a folder, once each file is complete; one that fails goes to its quarantine/ with a
    report."""
    load.watch(load.path(db), folder, every_s=every, mapping=mapping, source_zone=source_zone, date_order=date_order)


@app.command()
def undo(db: Db = None) -> None:
    """Undo the last import: the data are again as they were before it."""
    load.undo(load.path(db))


@app.command()
def run(
    db: Db = None,
    port: Annotated[int, typer.Option(help="Port on this machine.")] = 8501,
    address: Annotated[
        str, typer.Option(help="Network address to listen on; 0.0.0.0 lets the televisions of the network in.")
    ] = "localhost",
) -> None:
    """Serve the dashboard on this machine; writes the demo centre first if there is no database."""
    from dashboard.server import serve

    where = load.path(db)
    if not where.exists():
        typer.echo(f"No database at {where} yet: writing the demo centre.")
        load.demo(where, 60_000, 2026, None)
    load.upgrade(where)
    typer.echo(f"Vigie reads {where} and serves http://localhost:{port} (Ctrl+C stops it).")
    serve(where, port, address=address)


@app.command()
def kpi(
    kpi_id: Annotated[str, typer.Argument(metavar="ID", help="A KPI, such as frt_median.")],
    db: Db = None,
    from_: Annotated[str | None, typer.Option("--from", help="First day, YYYY-MM-DD.")] = None,
    to: Annotated[str | None, typer.Option("--to", help="Day after the last, YYYY-MM-DD.")] = None,
    as_of: Annotated[str | None, typer.Option(help="Instant of the question; local unless it has a zone.")] = None,
    by: Annotated[list[str] | None, typer.Option(help="Dimension; may be repeated.")] = None,
    grain: Annotated[str | None, typer.Option(help="half_hour, hour, day, week, month, quarter, year.")] = None,
    where: Annotated[list[str] | None, typer.Option(help="DIM=V1,V2; may be repeated. Empty is NULL.")] = None,
    param: Annotated[list[str] | None, typer.Option(help="NAME=VALUE; lists and objects in JSON.")] = None,
    format_: Annotated[str, typer.Option("--format", help="table, json or csv.")] = "table",
    sql: Annotated[bool, typer.Option("--sql", help="Print the SQL instead of the answer.")] = False,
) -> None:
    """Ask a KPI. Without --from and --to: the last 30 days of the data.

    Exit codes: 0 answered, 2 the question is wrong.
    """
    question = ask.Question(
        kpi_id,
        load.path(db),
        from_,
        to,
        as_of,
        tuple(by or ()),
        grain,
        tuple(where or ()),
        tuple(param or ()),
    )
    try:
        typer.echo(ask.sql_of(question) if sql else ask.answered(question, format_))
    except ask.ERRORS as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from None


@app.command()
def kpis(
    word: Annotated[str | None, typer.Argument(help="Words of its name, meaning or formula.")] = None,
    family: Annotated[str | None, typer.Option(help=f"One of {', '.join(FAMILIES)}.")] = None,
    lang: Annotated[str, typer.Option(help="en or fr.")] = "en",
    format_: Annotated[str, typer.Option("--format", help="table, json or md (the whole reference).")] = "table",
) -> None:
    """List the KPIs, or those that hold some words, in either language."""
    try:
        typer.echo(reference.listed(family, word, lang, format_))
    except ask.ERRORS as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from None


@app.command(name="verify")
def verify_(
    paths: Annotated[
        list[Path] | None, typer.Argument(help="Example files in JSON, or folders of them; those that ship by default.")
    ] = None,
    only: Annotated[str | None, typer.Option(help="Only the examples whose KPI starts with this.")] = None,
) -> None:
    """Run worked examples: load their tables, derive, ask, compare. Exit code 1 on any failure.

    An example is {kpi_id, call: {kpi, period, as_of, timezone, filters, params, by}, tables, expected, tolerance}.
    """
    if not verify.run(paths or (), only):
        raise typer.Exit(1)
