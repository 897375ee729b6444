"""Screen of what Odoo has: its models, the fields of one to tick, and the declaration of an entity."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import ClassVar

from textual import on
from textual.containers import Horizontal
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Input, Static

from odoo_sync_tui.core.reports.discovery import PARTIAL_NOTE, ModelDetails, ModelList, ModelReport
from odoo_sync_tui.entities.declaration import EntityTable
from odoo_sync_tui.runtime.cancel import CancelToken
from odoo_sync_tui.settings.sections.entities import get_table_name, list_built_ins
from odoo_sync_tui.settings.writer import choose_name
from odoo_sync_tui.tui.backend import CountListener, DiscoveryFactory, OwnSettings
from odoo_sync_tui.tui.commands.command import DISCOVERY, CommandContext
from odoo_sync_tui.tui.commands.command_line import Subject
from odoo_sync_tui.tui.commands.keymap import get_key_display
from odoo_sync_tui.tui.dialogs.base import DetailDialog
from odoo_sync_tui.tui.dialogs.declare import Declared, DeclareDialog, describe_declared
from odoo_sync_tui.tui.format import render
from odoo_sync_tui.tui.messages import CopyText
from odoo_sync_tui.tui.model.draft import CUSTOM_FIELDS, Fields, ModelDraft, TableDraft
from odoo_sync_tui.tui.model.found_models import FoundModels, RowCount
from odoo_sync_tui.tui.screens.base import PageScreen, R, ScreenContext
from odoo_sync_tui.tui.tasks import LatestValue, Questions
from odoo_sync_tui.tui.terminal.clipboard import ClipboardText
from odoo_sync_tui.tui.widgets.chrome.inputs import SearchField
from odoo_sync_tui.tui.widgets.chrome.panel import Panel, format_note
from odoo_sync_tui.tui.widgets.discovery_lists import (
    FieldRows,
    ModelRows,
    OpenedModel,
    describe_model,
    format_draft,
    format_field,
    format_found,
)
from odoo_sync_tui.tui.widgets.lines import LineList

SEARCH_HINT = "words of the name, the label or the type"
FACTS_WIDTH = 10
MODELS, COUNTS, FIELDS = "models", "counts", "fields"
"""What Odoo is asked."""


class DiscoveryScreen(PageScreen):
    """What Odoo has. It is read when the screen is opened, and a model when Enter opens it; leaving stops all.

    Args:
        context: the values that every screen is opened with.
        discover: connects to Odoo.
        own_settings: writes declarations; ``None`` where no settings files are read.
        written: called when a declaration is written, for the settings to be loaded again.
    """

    SCREEN_NAME = DISCOVERY
    AUTO_FOCUS: ClassVar[str | None] = "#models"

    def __init__(
        self,
        context: ScreenContext,
        discover: DiscoveryFactory,
        own_settings: OwnSettings | None,
        written: Callable[[], None],
    ) -> None:
        super().__init__(context)
        self._discover = discover
        self._own_settings = own_settings
        self._written = written
        self._questions = Questions(context.tasks, self, self._questions_changed)
        self._models = FoundModels()
        self._opened = OpenedModel(self._show_change, id="opened")
        self._search = ""
        self._searched: type[LineList] = ModelRows
        self._count: RowCount | None = None
        self._stop_following: Callable[[], None] | None = None
        self._remark = ""
        self._declared: Declared | None = None

    def compose_content(self) -> Iterable[Widget]:
        """Compose models beside the fields of one above its declaration, the search, and a note."""
        with Horizontal(id="discovery"):
            yield Panel("Models", ModelRows(id="models"))
            yield self._opened
        yield SearchField(SEARCH_HINT, id="search")
        yield Static(id="note", classes="note", markup=False)

    @property
    def commands(self) -> Mapping[str, Callable[[], object]]:
        """The commands of every screen, and those of the discovery."""
        return {
            **super().commands,
            "discovery.search": self._edit_search,
            "discovery.all": self._opened.tick_all,
            "discovery.none": self._opened.tick_none,
            "discovery.custom": partial(self._opened.tick, CUSTOM_FIELDS),
            "discovery.table": self._opened.choose_table,
            "discovery.save": self._save,
            "discovery.copy": self._copy,
            "discovery.count": self._count_rows,
            "discovery.stop": self._questions.stop,
        }

    def refine_context(self, app_context: CommandContext) -> CommandContext:
        """Enable ticking when a model is open, and stopping while Odoo is asked."""
        context = super().refine_context(app_context)
        return replace(context, asking_odoo=bool(self._questions), has_model=self._opened.model is not None)

    def make_subject(self) -> Subject:
        """Name the model that is open, and its table."""
        model, name = self._opened.model, self._opened.opened
        return replace(super().make_subject(), model=name, table=model.draft.name if model else "")

    def go_back(self) -> None:
        """Close the search if there is one; from the fields go to the models; else leave the screen."""
        search = self.query_one(SearchField)
        kind = self._searched if search.display else self._list_in_use
        if search.display or self._get_search(kind):
            search.display = False
            self._set_search(kind, "")
            self.query_one(kind).focus()
        elif self._list_in_use is FieldRows:
            self.remove_class("-opened")
            self.query_one(ModelRows).focus()
            self.draw()
        else:
            super().go_back()

    def on_descendant_focus(self) -> None:
        """Say what can be done on this part of the screen."""
        self._draw_note()

    @property
    def _list_in_use(self) -> type[LineList]:
        """That of the models while it has the focus, or while no model is open; else that of the fields."""
        return ModelRows if self._opened.model is None or self.query_one(ModelRows).has_focus else FieldRows

    def _edit_search(self) -> None:
        search = self.query_one(SearchField)
        self._searched = self._list_in_use
        search.value, search.display = self._get_search(self._searched), True
        search.focus()

    @on(Input.Changed, "#search")
    def _search_changed(self, event: Input.Changed) -> None:
        event.stop()
        if event.control.display:
            self._set_search(self._searched, event.value)

    @on(Input.Submitted, "#search")
    def _search_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.query_one(self._searched).focus()

    def _get_search(self, kind: type[LineList]) -> str:
        return self._search if kind is ModelRows else self._opened.search

    def _set_search(self, kind: type[LineList], words: str) -> None:
        if kind is ModelRows:
            self._search = words
        else:
            self._opened.search = words
        self.draw()

    # ------------------------------------------------------------------------------------------------ reading

    def on_unmount(self) -> None:
        """Stop what is read: it would not be shown."""
        self._questions.stop()

    def read(self) -> None:
        """List the models again, and the fields of the one that is open; ticks stay."""
        self._ask(MODELS, lambda cancel: self._list_models(cancel, None), self._show_models)
        if self._opened.model is not None:
            self._read_fields(self._opened.opened)

    def _ask(self, kind: str, work: Callable[[CancelToken], R], done: Callable[[R], None]) -> None:
        self._remark, self.problem, self._declared = "", None, None
        self._questions.ask(kind, work, done, self.show_problem)

    def _questions_changed(self) -> None:
        if COUNTS not in self._questions and self._stop_following is not None:
            self._stop_following()
            self._stop_following = self._count = None
        if self.is_attached:
            self.draw()
            self.update_commands()

    def _list_models(self, cancel: CancelToken, on_counted: CountListener | None) -> ModelList:
        with self._discover(cancel) as discovery:
            return discovery.list_models(on_counted=on_counted)

    def _show_models(self, found: ModelList) -> None:
        self._models = self._models.relist(found)

    def _count_rows(self) -> None:
        progress: LatestValue[RowCount] = LatestValue()
        counted: list[ModelReport] = []

        def note(report: ModelReport, done: int, total: int) -> None:
            counted.append(report)
            progress.set(RowCount(done, total, tuple(counted)))

        self._ask(COUNTS, lambda cancel: self._list_models(cancel, note), self._show_models)
        self._stop_following = progress.follow(self._screen_context.every, self._show_count)

    def _show_count(self, count: RowCount) -> None:
        self._count, self._models = count, self._models.update(count.models)
        self.draw()

    @on(LineList.Chosen, "#models")
    def _model_chosen(self, message: LineList.Chosen) -> None:
        message.stop()
        if message.key in self._opened.drafts:
            self._questions.stop(FIELDS)
            self._open_model(message.key)
        elif message.key:
            self._read_fields(message.key)

    def _read_fields(self, model: str) -> None:
        def read(cancel: CancelToken) -> tuple[ModelDetails, Sequence[EntityTable]]:
            with self._discover(cancel) as discovery:
                return discovery.describe_model(model), discovery.list_tables(model)

        self._ask(FIELDS, read, lambda answer: self._show_fields(*answer))

    def _show_fields(self, details: ModelDetails, tables: Sequence[EntityTable]) -> None:
        model, fields = details.model.model, {each.name: each for each in details.fields}
        self._models = self._models.update([details.model])
        drafts = self._opened.drafts
        before = drafts.get(model)
        drafts[model] = replace(before, fields=fields) if before else self._make_draft(model, fields, tables)
        if model != self._opened.opened:
            self._open_model(model)

    def _make_draft(self, model: str, fields: Fields, tables: Sequence[EntityTable]) -> ModelDraft:
        known = [(get_table_name(table), table) for table in tables]
        own = {name: frozenset(entity.fields) for name, entity in list_built_ins().items()}
        drafts = tuple(TableDraft(table, name, own.get(name, frozenset())) for name, table in known)
        return ModelDraft(fields, drafts).add_new(self._choose_name(model), model)

    def _choose_name(self, model: str) -> str:
        return choose_name(model, {*list_built_ins(), *self._models.entity_names})

    def _open_model(self, model: str) -> None:
        self._remark, self.query_one(SearchField).display = "", False
        self.add_class("-opened")
        self._opened.open_model(model)
        self.draw()
        self.update_commands()

    # ----------------------------------------------------------------------------------------------- declaring

    def _show_change(self, remark: str) -> None:
        self._remark, self._declared = remark, None
        self.draw()

    def _copy(self) -> None:
        if (model := self._opened.model) is not None:
            text = "".join(f"{line}\n" for line in format_draft(model.draft))
            self.post_message(CopyText(ClipboardText(text, "declaration", "toml"), "Declaration"))

    def _save(self) -> None:
        own_settings, model = self._own_settings, self._opened.model
        if model is None:
            return
        if own_settings is None:
            self._remark = "No settings file is read here: copy the declaration to one."
        elif not model.draft.patterns:
            self._remark = "No field is ticked: there is nothing to save."
        else:
            self._remark = ""
            tasks, glyphs = self._screen_context.tasks, self.state.glyphs
            dialog = DeclareDialog(model.draft, lambda draft: own_settings.save_table(draft.table), tasks, glyphs)
            self.app.push_screen(dialog, self._show_declared)  # pyright: ignore[reportUnknownMemberType]
        self.draw()

    def _show_declared(self, declared: Declared | None) -> None:
        model, name = self._opened.model, self._opened.opened
        if declared is None or model is None:
            return
        self._declared = declared
        self._models = self._models.add_entity(name, declared.draft.name)
        self._opened.drafts[name] = model.add_declared(declared.draft, self._choose_name(name), name)
        self.draw()
        self._written()

    @on(LineList.Chosen, "#fields")
    def _field_chosen(self, message: LineList.Chosen) -> None:
        message.stop()
        model, glyphs = self._opened.model, self.state.glyphs
        if model is not None and (field := model.fields.get(message.key)) is not None:
            title = Content(render.safe_text(field.name, glyphs))
            self.show_dialog(DetailDialog(title, format_field(field, model.draft, glyphs), FACTS_WIDTH))

    # ------------------------------------------------------------------------------------------------ drawing

    def update(self) -> None:
        """Draw the application's state; a new entity may be among its entities now."""
        super().update()
        if self._declared is not None:
            self._draw_note()

    def draw(self) -> None:
        """Draw the models, the one that is open, and the note."""
        state, models = self.state, self._models
        found = models.search(self._search)
        for rows in self.query(ModelRows):
            rows.opened, rows.names = self._opened.opened, tuple(models.models)
            rows.update_rows(state, found)
        for panel in self.query("#models-panel").results(Panel):
            panel.set_note(format_note(format_found(found, models.models, state.glyphs)))
        self._opened.update(state)
        self._draw_note()

    def _draw_note(self) -> None:
        for note in self.query("#note").results(Static):
            note.update(self._format_note())

    def _format_note(self) -> Content:
        glyphs = self.state.glyphs
        if self.problem is not None:
            return self.format_problem()
        if self._remark:
            return Content.styled(render.safe_text(self._remark, glyphs), render.WARN)
        if self._declared is not None:
            return Content(describe_declared(self._declared, self.state))
        if self._questions:
            return Content(f"{self._describe_questions()}; {get_key_display(self.state, 'discovery.stop')} cancels")
        if self._list_in_use is FieldRows:
            return Content(describe_model(self._models.get(self._opened.opened), self.state))
        if self._models.is_partial:
            return Content.styled(PARTIAL_NOTE, render.WARN)
        again, count = (get_key_display(self.state, each) for each in ("view.refresh", "discovery.count"))
        if not self._models.models:
            return Content(f"No model is known; {again} reads them.")
        return Content(f"Enter opens the fields of a model; {count} counts the rows of all.")

    def _describe_questions(self) -> str:
        if self._count is not None and FIELDS not in self._questions:
            return f"rows counted of {self._count.done} of {self._count.total} models"
        whats = {FIELDS: "reading the fields", COUNTS: "counting rows", MODELS: "reading the models"}
        return f"{next(whats[each] for each in whats if each in self._questions)} {self.state.glyphs.ellipsis}"
