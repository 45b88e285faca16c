"""What the tests of this folder share."""

import pytest
import streamlit as st

from dashboard import i18n


@pytest.fixture(autouse=True)
def _no_language_left() -> None:
    """A test that speaks French must not make the next one's page do so."""
    i18n._current.set(None)
    st.session_state.pop("lang_in_use", None)
