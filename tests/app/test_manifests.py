"""The manifests agree with each other and with the image that the workshop builds."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

EXTRAS = Path(__file__).parents[2] / "extras"
DOCKERFILE = EXTRAS / "02-imagenes/deploy-01/Dockerfile"
GENERATED = EXTRAS / "03-kubernetes/deploy-01/mi-pod.yaml"
ANNOTATED = EXTRAS / "03-kubernetes/deploy-02/mi-pod.yaml"
DAEMONSET = EXTRAS / "04-hola-mundo-real/deploy-01/daemonSet-mi-app.yaml"


def read(path: Path) -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load(path.read_text())
    return content


def test_the_annotated_pod_is_the_generated_one_without_its_status() -> None:
    generated = read(GENERATED)
    assert generated.pop("status") == {}
    assert read(ANNOTATED) == generated


def test_the_daemonset_runs_the_pod_of_the_previous_chapter_but_always() -> None:
    template = read(DAEMONSET)["spec"]["template"]["spec"]
    assert template == {**read(ANNOTATED)["spec"], "restartPolicy": "Always"}


def test_the_daemonset_selects_the_pods_that_it_makes() -> None:
    spec = read(DAEMONSET)["spec"]
    assert spec["selector"]["matchLabels"] == spec["template"]["metadata"]["labels"]


@pytest.mark.parametrize("path", [GENERATED, ANNOTATED, DAEMONSET], ids=lambda path: path.name)
def test_images_carry_the_version_that_the_dockerfile_gives(path: Path) -> None:
    version = re.search(r"^ENV VERSION=(\S+)$", DOCKERFILE.read_text(), re.MULTILINE)
    assert version
    images = re.findall(r"image: (\S+)", path.read_text())
    assert images == [f"fedek3/workshop-uns:{version[1]}"]


@pytest.mark.parametrize("number", [1, 2, 3])
def test_the_image_pins_its_base_and_does_not_run_as_root(number: int) -> None:
    text = (EXTRAS / f"02-imagenes/deploy-{number:02d}/Dockerfile").read_text()
    assert f"ENV VERSION=v0.{number}.0\n" in text
    assert re.search(r"^FROM busybox:\d+\.\d+\.\d+$", text, re.MULTILINE)
    assert re.search(r"^USER [1-9]\d*:[1-9]\d*$", text, re.MULTILINE)
