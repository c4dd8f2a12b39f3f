"""The server of the page: one process, on this machine alone unless told otherwise, with a limit of tabs."""

import logging
import os
import threading
import warnings
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from sim.explore.seats import TABS, prepare
from sim.explore.setup import Setup
from sim.fields import ParameterError

HOST, PORT = "127.0.0.1", 8765


def serve(setup: Setup, *, host: str = HOST, port: int = PORT, tabs: int = TABS, say: Any = print) -> None:
    """Serve the page until interrupted; raises ParameterError if that cannot be."""
    missing = [name for name in ("solara", "solara_assets", "segno", "uvicorn") if find_spec(name) is None]
    if missing:
        raise ParameterError(f"explore needs {', '.join(missing)}; allowed is after: pip install 'weishang[page]'")
    prepare(setup, tabs)
    configure()
    warm_up(setup)
    import uvicorn

    options: dict[str, Any] = {"host": host, "port": port, "log_level": "error", "ws_max_size": 1_000_000}

    class Server(uvicorn.Server):
        def handle_exit(self, sig: int, frame: Any) -> None:
            """End; that tabs are still open then is no error."""
            logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)
            super().handle_exit(sig, frame)

    server = Server(uvicorn.Config(application(), timeout_graceful_shutdown=2, **options))
    threading.Thread(target=announce, args=(server, host, port, say), daemon=True).start()
    try:
        server.run()
    except SystemExit:
        raise ParameterError(f"port={port}: taken by another program on {host}; allowed is another --port") from None


def configure() -> None:
    """Tell Solara where the page is, that nothing leaves the machine, and when tabs that went away are forgotten."""
    warnings.filterwarnings("ignore", message="Cookies with samesite=none")  # Solara's, of pages within other pages
    os.environ.update(
        SOLARA_APP="sim.explore.page",
        SOLARA_TELEMETRY_MIXPANEL_ENABLE="False",
        SOLARA_ASSETS_PROXY="True",
        SOLARA_KERNEL_CULL_TIMEOUT="2m",
        SOLARA_MODE="production",
        SOLARA_THEME_SHOW_BANNER="False",
        SOLARA_THEME_TITLE="weishang",
    )


def application() -> Any:
    """Return the ASGI application: Solara's, and plotly.js of the installed package."""
    import plotly
    from solara.server.starlette import app as pages
    from starlette.applications import Starlette
    from starlette.responses import FileResponse
    from starlette.routing import Mount, Route

    script = Path(plotly.__file__).parent / "package_data" / "plotly.min.js"

    async def plotly_js(_: Any) -> Any:
        return FileResponse(script, media_type="text/javascript", headers={"Cache-Control": "max-age=86400"})

    return Starlette(routes=[Route("/_weishang/plotly.min.js", plotly_js), Mount("/", app=pages)], lifespan=None)


def warm_up(setup: Setup) -> None:
    """Compile or load all kernels, and read lessons and words, before anyone waits for them."""
    from sim.explore import page, views
    from sim.explore.charts import both, charts
    from sim.explore.session import Session
    from sim.explore.side import side

    session = Session(setup)
    session.act({"do": "goto", "week": 12})
    for person in range(10):
        session.act({"do": "show", "person": person})
        series = both(session)
        page.shell(session, ready=True), views.panel(session), views.frame(session), views.town(session)
        views.line(session), charts(session, series), side(session, series)


def announce(server: Any, host: str, port: int, say: Any) -> None:
    """Say where the page is once it can be opened."""
    import time

    while not server.started and not server.should_exit:
        time.sleep(0.05)
    if server.started:
        shown = f"[{host}]" if ":" in host else host
        say(f"students' page: http://{shown}:{port}/   (Ctrl+C ends it)")
