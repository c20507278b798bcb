# SPDX-License-Identifier: Apache-2.0
"""Fixtures of the tests of packages."""

import pytest

from vso.packages import Signer


@pytest.fixture(scope="module")
def vro():
    """Another Orchestrator server."""
    return Signer("vro.example.org")


@pytest.fixture(scope="module")
def author():
    """Somebody whose elements others export."""
    return Signer("author.example.org")


@pytest.fixture
def name(entry):
    """A package's name of this test's own."""
    return f"org.example.{entry}"
