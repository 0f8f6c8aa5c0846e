"""What a view says when there is nothing to show yet."""

from nicegui import ui
from nicegui.elements.mixins.text_element import TextElement

from components.routes import View

_WORDS = {
    View.OPS: ("Ops", "No tasks yet. Run one from chat with /"),
}


def empty(view: View) -> None:
    """Draw the heading of a view and its empty state."""
    title, words = _WORDS[view]
    with ui.element("div").classes("page-head"):
        TextElement(tag="h2", text=title)
    TextElement(tag="p", text=words).classes("empty").props(f"data-testid={view.value}-empty")
