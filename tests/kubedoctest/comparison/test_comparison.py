"""Each rule by a pair: the page that is true, the page that lies."""

from __future__ import annotations

import pytest
from stage import Page, bare_pod, daemon_pod, deployment_pod

FOUR = ["mi-app-4kx2p", "mi-app-b9w7d", "mi-app-qz5nt", "mi-app-x8c6v"]
REAL = """
NAME           READY   STATUS    RESTARTS     AGE
mi-app-4kx2p   1/1     Running   0            12s
mi-app-b9w7d   1/1     Running   1 (5s ago)   12s
mi-app-qz5nt   0/1     Pending   0            12s
mi-app-x8c6v   1/1     Running   0            12s
"""
TRUE = """
NAME           READY   STATUS    RESTARTS   AGE
mi-app-tr8jm   1/1     Running   0          3m2s
mi-app-2dqqt   0/1     Pending   0          3m2s
mi-app-5gh7k   1/1     Running   1 (2m ago)   3m2s
mi-app-vwx9z   1/1     Running   0          3m2s
"""


@pytest.fixture
def page() -> Page:
    return Page(*map(daemon_pod, FOUR), bare_pod("mi-pod"))


def test_other_names_ages_widths_and_order_are_true(page: Page) -> None:
    assert page.shows(TRUE, REAL)


@pytest.mark.parametrize(
    ("true", "lie"),
    [
        ("Pending", "Running"),
        ("0/1     Pending", "1/1     Pending"),
        ("1 (2m ago)", "2 (2m ago)"),
        ("0          3m2s", "0          ayer"),
        ("mi-app-tr8jm", "mi-app-2dqqt"),
        ("mi-app-tr8jm", "mi-ap-tr8jm"),
        ("mi-app-tr8jm", "mi-app-tr8ja"),
        ("mi-app-tr8jm", "mi-app-tr8j"),
        ("STATUS", "ESTADO"),
        ("STATUS    RESTARTS   AGE", "STATUS    AGE"),
        ("mi-app-vwx9z   1/1     Running   0          3m2s\n", ""),
        ("mi-app-vwx9z   1/1", "mi-app-ccccc   1/1     Running   0   3m\nmi-app-vwx9z   1/1"),
    ],
)
def test_one_lie_in_a_table(page: Page, true: str, lie: str) -> None:
    assert true in TRUE
    assert not page.shows(TRUE.replace(true, lie, 1), REAL)


def test_rows_with_fixed_names_keep_their_order() -> None:
    real = "NAME   READY\na      1/1\nb      1/1\n"
    assert Page().shows("NAME READY\na   1/1\nb   1/1".replace("NAME ", "NAME   "), real)
    assert not Page().shows("NAME   READY\nb   1/1\na   1/1", real)


def test_an_excerpt_of_a_table_says_so(page: Page) -> None:
    excerpt = TRUE.replace("mi-app-vwx9z   1/1     Running   0          3m2s", "...")
    assert page.shows(excerpt, REAL)
    assert not Page(*map(daemon_pod, FOUR)).shows(excerpt.replace("Pending", "Completed"), REAL)


def test_blank_cells_leave_no_trace() -> None:
    real = "NAME     CLASS     HOSTS          ADDRESS   PORTS   AGE\n"
    real += "mi-app   traefik   mi-app.local             80      5s\n"
    true = (
        "NAME     CLASS   HOSTS   ADDRESS   PORTS   AGE\nmi-app   traefik   mi-app.local   80   9m"
    )
    assert Page().shows(true, real)
    assert not Page().shows(true.replace("80", "10.0.0.1   80"), real)


def test_none_is_literal() -> None:
    real = "NAME         TYPE        EXTERNAL-IP   PORT(S)\n"
    real += "kubernetes   ClusterIP   <none>        443/TCP\n"
    true = "NAME   TYPE   EXTERNAL-IP   PORT(S)\nkubernetes   ClusterIP   <none>   443/TCP"
    assert Page().shows(true, real)
    assert not Page().shows(true.replace("<none>", "10.0.0.1"), real)
    assert not Page().shows(true, real.replace("<none>", "<pending>"))


class TestText:
    def test_a_line_is_literal(self) -> None:
        real = 'pod "mi-pod" deleted from default namespace\n'
        assert Page().shows('pod "mi-pod" deleted from default namespace', real)
        assert not Page().shows('pod "mi-pod" deleted', real)

    def test_nothing_means_nothing(self) -> None:
        assert Page().shows("", "")
        assert not Page().shows("", "algo\n")
        assert not Page().shows("algo", "")

    def test_remarks_are_the_author_s_on_the_page_only(self) -> None:
        assert Page().shows("hola   # un saludo", "hola\n")
        assert not Page().shows("hola", "hola   # un saludo\n")
        assert Page().shows("hola   # un saludo", "hola   # un saludo\n")
        assert not Page().shows("# hola", "\n")
        assert not Page().shows("adiós   # un saludo", "hola\n")

    def test_dots_stand_for_any_lines(self) -> None:
        real = "uno\ndos\ntres\ncuatro\n"
        for true in ("...\ntres\ncuatro", "uno\n...", "...\ndos\n...", "uno\n...\ncuatro", "..."):
            assert Page().shows(true, real), true
        for lie in (
            "...\ntres",
            "dos\n...",
            "...\ncinco\n...",
            "cuatro\n...\nuno",
            "tres\n...\ndos",
        ):
            assert not Page().shows(lie, real), lie

    def test_partial_output_is_a_subsequence(self) -> None:
        real = "uno\ndos\ntres\n"
        assert Page().shows("uno\ntres", real, partial=True)
        assert not Page().shows("tres\nuno", real, partial=True)

    def test_generated_names_in_a_run_of_lines_are_a_set(self) -> None:
        names = Page(*map(daemon_pod, FOUR[:2]))
        real = "pod/mi-app-4kx2p\npod/mi-app-b9w7d\n"
        assert names.shows("pod/mi-app-zzzzz\npod/mi-app-ccccc", real)
        assert not names.shows("pod/mi-app-zzzzz\npod/mi-app-zzzzz", real)

    def test_order_of_other_lines_counts(self) -> None:
        assert not Page().shows("dos\nuno", "uno\ndos\n")

    def test_ages_only_where_kubectl_describes(self) -> None:
        real = "  Normal  Pulled  5s  kubelet  ya\n"
        assert Page().shows(
            "  Normal  Pulled  3m4s  kubelet  ya", real, "kubectl describe pod mi-pod"
        )
        assert not Page().shows("  Normal  Pulled  3m4s  kubelet  ya", real)

    def test_windows_line_ends(self) -> None:
        assert Page().shows("uno\ndos", "uno\r\ndos\r\n\n\n")

    def test_a_warning_before_a_table(self) -> None:
        real = "Warning: viejo\nNAME   AGE\na      5s\n"
        assert Page().shows("Warning: viejo\nNAME   AGE\na   9s", real)
        assert not Page().shows("NAME   AGE\na   9s", real)


class TestNamesThroughAChapter:
    def test_bound_late_by_a_command(self, page: Page) -> None:
        assert page.shows(TRUE, REAL)
        # Two rows look alike; the command decides, and both answers must hold from then on.
        assert page.bindings.candidates("mi-app-tr8jm") == {"mi-app-4kx2p", "mi-app-x8c6v"}
        command = page.runs("kubectl delete pod mi-app-tr8jm")
        victim = command.rpartition(" ")[2]
        assert victim in {"mi-app-4kx2p", "mi-app-x8c6v"}
        other = ({"mi-app-4kx2p", "mi-app-x8c6v"} - {victim}).pop()
        assert page.bindings.candidates("mi-app-vwx9z") == {other}
        deleted = f'pod "{victim}" deleted from default namespace\n'
        assert page.shows('pod "mi-app-tr8jm" deleted from default namespace', deleted)
        assert not page.shows('pod "mi-app-vwx9z" deleted from default namespace', deleted)

    def test_a_pod_cannot_take_the_name_of_a_deleted_one(self) -> None:
        page = Page(daemon_pod("mi-app-4kx2p"), daemon_pod("mi-app-b9w7d"))
        table = "NAME           READY\n{}   1/1\n"
        assert page.shows(table.format("mi-app-tr8jm"), table.format("mi-app-4kx2p"))
        assert not page.shows(table.format("mi-app-tr8jm"), table.format("mi-app-b9w7d"))
        assert page.shows(table.format("mi-app-2dqqt"), table.format("mi-app-b9w7d"))

    def test_swapped_names_are_substituted_in_one_pass(self) -> None:
        page = Page(daemon_pod("mi-app-22222"), daemon_pod("mi-app-44444"))
        real = "NAME           READY   STATUS\nmi-app-22222   1/1     Running\n"
        real += "mi-app-44444   0/1     Pending\n"
        swapped = (
            "NAME   READY   STATUS\nmi-app-44444   1/1   Running\nmi-app-22222   0/1   Pending"
        )
        assert page.shows(swapped, real)
        command = page.runs("diff mi-app-44444 mi-app-22222")
        assert command == "diff mi-app-22222 mi-app-44444"

    def test_substitution_keeps_token_bounds(self) -> None:
        page = Page(daemon_pod("mi-app-22222"))
        assert page.shows("mi-app-44444", "mi-app-22222\n")
        text = "x-mi-app-44444 mi-app-44444-y mi-app-44444.svc pod/mi-app-44444"
        assert page.runs(text) == "x-mi-app-44444 mi-app-44444-y mi-app-44444.svc pod/mi-app-22222"

    def test_a_pod_carries_its_replica_set(self) -> None:
        page = Page(
            *map(
                deployment_pod,
                ["mi-deploy-5d4f8c7b9-4kx2p", "mi-deploy-5d4f8c7b9-b9w7d", "mi-deploy-7c6b5-qz5nt"],
            )
        )
        real = "mi-deploy-5d4f8c7b9-4kx2p\nmi-deploy-5d4f8c7b9-b9w7d\n"
        assert page.shows("mi-deploy-6b7c8d9f-zzzzz\nmi-deploy-6b7c8d9f-ccccc", real)
        assert not page.shows("mi-deploy-6b7c8d9f-zzzzz\nmi-deploy-777777-ccccc", real)

    def test_eight_alike_are_not_narrowed_without_reason(self) -> None:
        reals = [f"mi-app-{c * 5}" for c in "bcdfghjk"]
        page = Page(*map(daemon_pod, reals))
        table = "NAME           READY\n" + "{}   1/1\n" * 8
        documented = [f"mi-app-{c * 5}" for c in "lmnpqrst".replace("l", "v").replace("m", "w")]
        assert page.shows(table.format(*documented), table.format(*reals))
        assert page.bindings.candidates(documented[0]) == frozenset(reals)


class TestReasons:
    def test_two_rows_with_one_name(self, page: Page) -> None:
        found = page.mismatch(TRUE.replace("mi-app-2dqqt", "mi-app-tr8jm"), REAL)
        assert any("dos objetos no pueden llamarse igual" in r for r in found.reasons)
        assert found.number in (11, 12)

    def test_letters_that_are_never_generated(self, page: Page) -> None:
        found = page.mismatch(TRUE.replace("mi-app-tr8jm", "mi-app-abcde"), REAL)
        assert any("`mi-app-abcde` no puede ser un nombre generado" in r for r in found.reasons)
        assert found.number == 11

    def test_missing_row(self, page: Page) -> None:
        text = TRUE.replace("mi-app-vwx9z   1/1     Running   0          3m2s\n", "")
        found = page.mismatch(text, REAL)
        assert found.reasons == ("la página muestra 3 filas; el comando, 4 filas",)
        assert [line.mark for line in found.difference].count("+") == 1

    def test_a_difference_speaks_the_page_s_names(self) -> None:
        page = Page(daemon_pod("mi-app-4kx2p"))
        assert page.shows("mi-app-tr8jm", "mi-app-4kx2p\n")
        found = page.mismatch("mi-app-tr8jm adiós", "mi-app-4kx2p hola\n")
        assert [(line.mark, line.text) for line in found.difference] == [
            ("-", "mi-app-tr8jm adiós"),
            ("+", "mi-app-tr8jm hola"),
        ]

    def test_one_line_too_few_leaves_the_rest_alone(self) -> None:
        found = Page().mismatch("uno\ntres\ncuatro", "uno\ndos\ntres\ncuatro\n")
        assert [(line.mark, line.text) for line in found.difference] == [
            (" ", "uno"),
            ("+", "dos"),
            (" ", "tres"),
            (" ", "cuatro"),
        ]
        assert found.reasons == ("el comando escribe más que la página: 1 línea más",)

    def test_one_line_too_many_is_the_wrong_one(self) -> None:
        found = Page().mismatch("uno\nsobra\ndos\ntres", "uno\ndos\ntres\n")
        assert [(line.mark, line.text) for line in found.difference] == [
            (" ", "uno"),
            ("-", "sobra"),
            (" ", "dos"),
            (" ", "tres"),
        ]
        assert found.number == 11

    def test_a_step_that_never_came(self) -> None:
        real = "esperando 1\nesperando 2\nlisto\n"
        found = Page().mismatch("esperando 1\nesperando 3\nlisto", real, "kubectl rollout status x")
        assert found.number == 11
        assert ("-", "esperando 3") in [(line.mark, line.text) for line in found.difference]
