"""Connections to the service's database, and what a database must be like."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from clustera.errors import InputError, SetupError, missing_extra
from clustera.service.disks import private_folder

_POOL = {"pool_size": 20, "max_overflow": 20}  # as many as answers are made at a time


def database_engine(address: str, file: Path | None, *, wait: int) -> Any:  # noqa: ANN401 - SQLAlchemy's, which is loaded when used
    """What connects to the database at an address.

    Args:
        address: As `database_address` gives it.
        file: Its file, None of a server; made when missing.
        wait: Seconds that a change of a file waits for the one before it.

    Raises:
        SetupError: the file can't be written, or what connects is not installed.
        InputError: it is no address.
    """
    try:
        from sqlalchemy import create_engine, event
        from sqlalchemy.exc import ArgumentError
    except ImportError as error:
        raise missing_extra("sqlalchemy", "web") from error
    if file is None:
        try:
            engine = create_engine(
                address.replace("postgresql://", "postgresql+psycopg://", 1),
                connect_args={"client_encoding": "utf8"},
                pool_pre_ping=True,
                **_POOL,
            )
        except ImportError as error:
            raise missing_extra("psycopg", "postgres") from error
        except ArgumentError as error:
            raise InputError(f"{address} is no address.", hint="postgresql://USER:PASSWORD@HOST/DATABASE") from error
        event.listen(engine, "connect", _refuse_encoding, insert=True)  # before SQLAlchemy asks the server anything
        return engine
    try:
        private_folder(file.parent)
        file.touch(0o600)  # the folder may be one that others read
    except OSError as error:
        raise SetupError(
            f"Can't write to {file}: {error.strerror}.",
            hint="Serve a folder that can be written, or keep the database elsewhere: --database sqlite:////PATH",
        ) from error
    engine = create_engine(f"sqlite:///{file}", connect_args={"timeout": wait, "isolation_level": None}, **_POOL)

    @event.listens_for(engine, "connect")
    def connected(connection: Any, _: object) -> None:  # noqa: ANN401
        connection.execute("pragma journal_mode = wal")
        connection.execute("pragma foreign_keys = on")

    @event.listens_for(engine, "begin")
    def begun(connection: Any) -> None:  # noqa: ANN401
        # A change takes the lock before it reads: two that read first would both fail, without waiting.
        writes = connection.get_execution_options().get("writes")
        connection.exec_driver_sql("begin immediate" if writes else "begin")

    return engine


def _refuse_encoding(connection: Any, _: object) -> None:  # noqa: ANN401 - psycopg's
    encoding = connection.info.parameter_status("server_encoding")
    if encoding != "UTF8":
        raise SetupError(
            f"The database {connection.info.dbname} keeps texts in {encoding}, not in UTF-8.",
            hint="Make one in UTF-8: createdb --encoding UTF8 --template template0 clustera",
        )
