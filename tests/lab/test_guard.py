import pytest

from lab import LabError, guard

KUBECTL = """
case "$*" in
  *get-contexts*) echo kind-taller; echo produccion ;;
  *"get configmap taller-lab"*)
    case "$*" in
      *--context=kind-taller*) echo configmap/taller-lab ;;
      *) [ -z "$DOWN" ] || { echo "connection refused" >&2; exit 1; } ;;
    esac ;;
esac
"""


@pytest.fixture(autouse=True)
def kubectl(stand_ins, own_folders):
    return stand_ins.play("kubectl", KUBECTL)


def test_marked_cluster_passes(tmp_path):
    guard(tmp_path / "config", "kind-taller")


def test_cluster_without_marker_is_refused_and_the_way_is_told(tmp_path):
    with pytest.raises(LabError, match="«produccion» no es de un laboratorio") as refused:
        guard(tmp_path / "config", "produccion")
    assert "--contexto produccion" in refused.value.next_step
    assert "create configmap taller-lab" in refused.value.next_step


def test_unknown_context_names_the_known(tmp_path):
    with pytest.raises(LabError, match="no está en") as refused:
        guard(tmp_path / "config", "kind-otro")
    assert "kind-taller, produccion" in refused.value.next_step


def test_cluster_that_does_not_answer_is_not_taken_for_unmarked(tmp_path, monkeypatch):
    monkeypatch.setenv("DOWN", "1")
    with pytest.raises(LabError, match="no responde"):
        guard(tmp_path / "config", "produccion")


def test_name_alone_is_no_proof(tmp_path, stand_ins):
    stand_ins.play("kubectl", 'case "$*" in *get-contexts*) echo kind-taller ;; esac')
    with pytest.raises(LabError, match="no es de un laboratorio"):
        guard(tmp_path / "config", "kind-taller")
