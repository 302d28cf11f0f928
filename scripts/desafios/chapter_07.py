"""The tasks of chapter 07: fifteen faults, each mended where it is, and nothing else broken."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from desafios.challenge import Challenge, Step
from desafios.checks import amount, carries, images, is_image, is_ready, listed, rolled_out
from desafios.cluster import Cluster, contexts
from desafios.errors import Missing

CONTROL_PLANE = "node-role.kubernetes.io/control-plane"
COURSE = "kind-taller"
READS = frozenset({"get", "list", "watch"})


def _exists(name: str) -> Step:
    def check(cluster: Cluster) -> str | None:
        cluster.deployment(name)
        return None

    return Step(f"existe el Deployment {name}", check)


def _is_ready(name: str, replicas: int = 1) -> Step:
    def check(cluster: Cluster) -> str | None:
        return rolled_out(cluster.deployment(name), replicas)

    many = (
        "sus réplicas están al día y listas" if replicas > 1 else "su réplica está al día y lista"
    )
    return Step(many, check)


def _container(cluster: Cluster, deployment: str) -> Any:
    return cluster.deployment(deployment).spec.template.spec.containers[0]


def _variable(cluster: Cluster, deployment: str, name: str) -> Any:
    """A variable of a Deployment's container, or None."""
    found = _container(cluster, deployment).env or ()
    return next((one for one in found if one.name == name), None)


# -- 07-1


def _asks_for_an_image_that_is(cluster: Cluster) -> str | None:
    found = images(cluster.deployment("tienda").spec.template.spec)[0]
    return None if is_image(found, "v0.1.0") else f"la imagen es {found}"


# -- 07-2


def _starts_as_the_image_says(cluster: Cluster) -> str | None:
    command = _container(cluster, "saludo").command
    return f"ahora corre {' '.join(command)}" if command else None


def _version_is_told(cluster: Cluster) -> str | None:
    variable = _variable(cluster, "saludo", "VERSION")
    if variable is None or variable.value == "v0.1.0":  # without it, the image's own counts
        return None
    return f"dice «{variable.value}»" if variable.value else "sigue vacía"


# -- 07-3


def _notice(cluster: Cluster) -> Any:
    variable = _variable(cluster, "cartel", "AVISO")
    source = variable.value_from if variable else None
    return source.config_map_key_ref if source else None


def _notice_comes_from_a_config_map(cluster: Cluster) -> str | None:
    return None if _notice(cluster) else "ya no sale de ninguno"


def _the_config_map_is_there(cluster: Cluster) -> str | None:
    wanted = _notice(cluster)
    try:
        data = cluster.config_map(wanted.name).data or {}
    except Missing:
        return f"no hay ningún ConfigMap {wanted.name}"
    return None if wanted.key in data else f"{wanted.name} no tiene la clave {wanted.key}"


# -- 07-4


def _node_of(cluster: Cluster, pod: str) -> str:
    """The node where a pod is ready.

    Raises:
        Missing: there is no such pod, or it is not ready.
    """
    found = cluster.pod(pod)
    if not is_ready(found):
        raise Missing(f"está en {found.status.phase}")
    return str(found.spec.node_name)


def _greedy_asks_for_less(cluster: Cluster) -> str | None:
    _node_of(cluster, "glotona")
    requests = cluster.pod("glotona").spec.containers[0].resources.requests or {}
    asked = requests.get("cpu")
    return None if amount(asked) == amount("100m") else f"pide {asked or 'lo que haya'}"


def _lonely_is_on_the_control_plane(cluster: Cluster) -> str | None:
    node = _node_of(cluster, "solitaria")
    planes = [one.metadata.name for one in cluster.nodes({CONTROL_PLANE: ""})]
    return None if node in planes else f"está en {node}"


def _fussy_is_on_a_fast_disk(cluster: Cluster) -> str | None:
    node = _node_of(cluster, "exigente")
    fast = [one.metadata.name for one in cluster.nodes({"disco": "rapido"})]
    return None if node in fast else f"está en {node}, que no lo lleva"


def _mindful_has_its_volume(cluster: Cluster) -> str | None:
    _node_of(cluster, "memoriosa")
    volumes = cluster.pod("memoriosa").spec.volumes or ()
    claims = [v.persistent_volume_claim.claim_name for v in volumes if v.persistent_volume_claim]
    if claims != ["memorias"]:
        return "ya no lo monta"
    phase = cluster.claim("memorias").status.phase
    return None if phase == "Bound" else f"el pedido está en {phase}"


# -- 07-5


def _memory_is_limited(cluster: Cluster) -> str | None:
    limits = _container(cluster, "informe").resources.limits or {}
    limit = amount(limits.get("memory"))
    if limit is None:
        return "no tiene"
    most = amount("512Mi")
    return None if most is not None and limit <= most else f"dice {limits['memory']}"


def _nobody_was_killed(cluster: Cluster) -> str | None:
    killed = [
        pod.metadata.name
        for pod in cluster.pods({"app": "informe"})
        for status in pod.status.container_statuses or ()
        if status.last_state.terminated and status.last_state.terminated.reason == "OOMKilled"
    ]
    return f"a {listed(killed)} sí" if killed else None


# -- 07-6

TEAM = "equipo"


def _quota_is_as_it_was(cluster: Cluster) -> str | None:
    hard = cluster.in_namespace(TEAM).quota("cuota").spec.hard or {}
    there = hard.get("requests.cpu")
    return None if amount(there) == amount("500m") else f"dice {there or 'otra cosa'}"


def _three_are_asked_for(cluster: Cluster) -> str | None:
    replicas = cluster.in_namespace(TEAM).deployment("tienda").spec.replicas
    return None if replicas == 3 else f"pide {replicas}"


def _three_fit(cluster: Cluster) -> str | None:
    requests = _container(cluster.in_namespace(TEAM), "tienda").resources.requests or {}
    each, most = amount(requests.get("cpu")), amount("500m")
    if each is None or most is None:
        return "no dicen cuánta CPU piden, y con esta cuota hay que decirlo"
    return None if 3 * each <= most else f"cada una pide {requests['cpu']}"


def _three_of_the_team_are_ready(cluster: Cluster) -> str | None:
    return rolled_out(cluster.in_namespace(TEAM).deployment("tienda"), 3)


# -- 07-7


def _probe_is_kept(cluster: Cluster) -> str | None:
    return None if _container(cluster, "portero").readiness_probe else "ya no tiene ninguna"


def _probe_asks_what_the_app_answers(cluster: Cluster) -> str | None:
    asks = _container(cluster, "portero").readiness_probe.http_get
    if asks is None:
        return "ya no hace un pedido HTTP"
    there = (str(asks.port), asks.path)
    return None if there == ("8080", "/salud") else f"pregunta por {asks.path}, en el {asks.port}"


# -- 07-8 and 07-9


def _service_is_on_80(name: str) -> Step:
    def check(cluster: Cluster) -> str | None:
        ports = [str(port.port) for port in cluster.service(name).spec.ports]
        return None if ports == ["80"] else f"atiende en {listed(ports)}"

    return Step(f"el Service {name} sigue atendiendo en el puerto 80", check)


def _selector_finds(name: str) -> Step:
    def check(cluster: Cluster) -> str | None:
        selector = cluster.service(name).spec.selector or {}
        labels = cluster.deployment(name).spec.template.metadata.labels
        if selector and carries(labels, selector):
            return None
        shown = ", ".join(f"{key}={value}" for key, value in selector.items())
        return f"busca pods con {shown}" if shown else "no tiene selector"

    return Step("su selector encuentra a los pods", check)


def _reaches_8080(name: str) -> Step:
    def check(cluster: Cluster) -> str | None:
        target = cluster.service(name).spec.ports[0].target_port
        container = _container(cluster, name)
        ports = {port.name: port.container_port for port in container.ports or ()}
        return None if ports.get(target, target) == 8080 else f"los manda al {target}"

    return Step("les pasa los pedidos al puerto en el que escucha la app", check)


def _endpoints(name: str, wanted: int) -> Step:
    def check(cluster: Cluster) -> str | None:
        ready = cluster.ready_endpoints(name)
        return None if ready >= wanted else f"listos: {ready}"

    return Step(
        f"tiene {'un endpoint listo' if wanted == 1 else f'{wanted} endpoints listos'}", check
    )


# -- 07-10

STORE = "deposito"
NAMES = frozenset(f"precios.{STORE}{rest}" for rest in ("", ".svc", ".svc.cluster.local"))


def _prices_are_where_they_were(cluster: Cluster) -> str | None:
    ready = cluster.in_namespace(STORE).ready_endpoints("precios")
    return None if ready else "no tiene endpoints listos"


def _asks_by_the_whole_name(cluster: Cluster) -> str | None:
    variable = _variable(cluster, "mostrador", "PRECIOS")
    host = urlsplit(variable.value or "").hostname if variable else None
    return None if (host or "").rstrip(".") in NAMES else f"le pregunta a {host or 'nadie'}"


def _asks_before_it_is_ready(cluster: Cluster) -> str | None:
    return None if _container(cluster, "mostrador").readiness_probe else "ya no le pregunta"


# -- 07-11

OLD = "viejo"


def _old_is_gone(cluster: Cluster) -> str | None:
    phases = {one.metadata.name: one.status.phase for one in cluster.namespaces()}
    return f"está en {phases[OLD]}" if OLD in phases else None


def _nothing_is_left_behind(cluster: Cluster) -> str | None:
    """A namespace that is finalised by force leaves what was in it, where nobody finds it."""
    try:
        cluster.in_namespace(OLD).config_map("registro")
    except Missing:
        return None
    return "el ConfigMap registro sigue ahí, sin namespace"


# -- 07-12


def _five_nodes_are_there(cluster: Cluster) -> str | None:
    found = len(cluster.nodes({}))
    return None if found == 5 else f"hay {found}"


def _all_nodes_are_ready(cluster: Cluster) -> str | None:
    away = [node.metadata.name for node in cluster.nodes({}) if not is_ready(node)]
    return f"falta {listed(sorted(away))}" if away else None


def _no_node_is_cordoned(cluster: Cluster) -> str | None:
    cordoned = [node.metadata.name for node in cluster.nodes({}) if node.spec.unschedulable]
    return f"{listed(sorted(cordoned))} sí" if cordoned else None


# -- 07-13

READER = "lector"


def _reader_exists(cluster: Cluster) -> str | None:
    cluster.service_account(READER)
    return None


def _reader_may_list_pods(cluster: Cluster) -> str | None:
    for rule in cluster.rules_of(READER):
        groups, kinds, verbs = (
            set(part or ()) for part in (rule.api_groups, rule.resources, rule.verbs)
        )
        if groups & {"", "*"} and kinds & {"pods", "*"} and verbs & {"list", "*"}:
            return None
    return "todavía no"


def _reader_only_reads(cluster: Cluster) -> str | None:
    verbs = {verb for rule in cluster.rules_of(READER) for verb in rule.verbs}
    others = sorted("cualquier cosa" if verb == "*" else verb for verb in verbs - READS)
    return f"también puede {listed(others)}" if others else None


# -- 07-14

BILL = "cartelera"


def _rule(cluster: Cluster) -> Any:
    rules = cluster.ingress(BILL).spec.rules or ()
    return next((rule for rule in rules if rule.host == f"{BILL}.localhost"), None)


def _ingress_is_for_its_host(cluster: Cluster) -> str | None:
    return None if _rule(cluster) else "ninguna regla es para ese nombre"


def _ingress_leads_to_the_service(cluster: Cluster) -> str | None:
    backends = [path.backend.service for path in _rule(cluster).http.paths]
    found = [f"{one.name}:{one.port.number or one.port.name}" for one in backends if one]
    return None if f"{BILL}:80" in found else f"los manda a {listed(found)}"


def _its_class_is_one_of_the_cluster(cluster: Cluster) -> str | None:
    asked = cluster.ingress(BILL).spec.ingress_class_name
    there = sorted(one.metadata.name for one in cluster.ingress_classes())
    if asked in there:
        return None
    return f"pide {asked or 'ninguna'}, y acá hay {listed(there)}"


# -- 07-15


def _office_is_kept(_: Cluster) -> str | None:
    names = [context.name for context in contexts()[0]]
    return None if "oficina" in names else "ya no está"


def _current_is_the_course(_: Cluster) -> str | None:
    current = contexts()[1]
    return None if current == COURSE else f"es {current}"


def _its_namespace_is_the_default(_: Cluster) -> str | None:
    inside = {context.name: context.namespace for context in contexts()[0]}
    return None if inside.get(COURSE) == "default" else f"es {inside.get(COURSE)}"


CHALLENGES = (
    Challenge(
        "07-1",
        "La imagen que no llega",
        (
            _exists("tienda"),
            Step("pide la versión v0.1.0 de la app", _asks_for_an_image_that_is),
            _is_ready("tienda"),
        ),
    ),
    Challenge(
        "07-2",
        "El contenedor que no para de morirse",
        (
            _exists("saludo"),
            Step("arranca con el programa que trae la imagen", _starts_as_the_image_says),
            Step("la variable VERSION ya no está vacía", _version_is_told),
            _is_ready("saludo"),
        ),
    ),
    Challenge(
        "07-3",
        "El contenedor que no se puede crear",
        (
            _exists("cartel"),
            Step("AVISO sigue saliendo de un ConfigMap", _notice_comes_from_a_config_map),
            Step("ese ConfigMap existe, con esa clave", _the_config_map_is_there),
            _is_ready("cartel"),
        ),
    ),
    Challenge(
        "07-4",
        "Cuatro pods que no encuentran lugar",
        (
            Step("glotona está lista, y pide 100m de CPU", _greedy_asks_for_less),
            Step("solitaria está lista, en el control plane", _lonely_is_on_the_control_plane),
            Step("exigente está lista, en un nodo con disco=rapido", _fussy_is_on_a_fast_disk),
            Step("memoriosa está lista, con su volumen", _mindful_has_its_volume),
        ),
    ),
    Challenge(
        "07-5",
        "El que come de más",
        (
            _exists("informe"),
            Step("tiene un límite de memoria, de 512Mi o menos", _memory_is_limited),
            _is_ready("informe"),
            Step("a ninguno de sus pods lo mató la memoria", _nobody_was_killed),
        ),
    ),
    Challenge(
        "07-6",
        "Tres en un lugar para dos",
        (
            Step("el namespace equipo sigue con su cuota, 500m de CPU", _quota_is_as_it_was),
            Step("el Deployment tienda pide 3 réplicas", _three_are_asked_for),
            Step("las tres juntas entran en la cuota", _three_fit),
            Step("las tres están al día y listas", _three_of_the_team_are_ready),
        ),
    ),
    Challenge(
        "07-7",
        "El que nunca está listo",
        (
            _exists("portero"),
            Step("conserva su readinessProbe", _probe_is_kept),
            Step("que pregunta por /salud, en el 8080", _probe_asks_what_the_app_answers),
            _is_ready("portero"),
        ),
    ),
    Challenge(
        "07-8",
        "El Service que se quedó solo",
        (
            _exists("vidriera"),
            _service_is_on_80("vidriera"),
            _selector_finds("vidriera"),
            _endpoints("vidriera", 2),
        ),
    ),
    Challenge(
        "07-9",
        "La puerta equivocada",
        (
            _exists("caja"),
            _service_is_on_80("caja"),
            _selector_finds("caja"),
            _reaches_8080("caja"),
            _endpoints("caja", 1),
        ),
    ),
    Challenge(
        "07-10",
        "Un nombre que acá no existe",
        (
            Step("el Service precios sigue en el namespace deposito", _prices_are_where_they_were),
            _exists("mostrador"),
            Step("le pregunta por su nombre, con el namespace", _asks_by_the_whole_name),
            Step("está listo recién si le contestan", _asks_before_it_is_ready),
            _is_ready("mostrador"),
        ),
    ),
    Challenge(
        "07-11",
        "El namespace que no se termina de ir",
        (
            Step("el namespace viejo ya no está", _old_is_gone),
            Step("y no dejó nada atrás", _nothing_is_left_behind),
        ),
    ),
    Challenge(
        "07-12",
        "El nodo que se fue",
        (
            Step("los cinco nodos siguen en el cluster", _five_nodes_are_there),
            Step("todos están listos", _all_nodes_are_ready),
            Step("ninguno quedó acordonado", _no_node_is_cordoned),
            _exists("guardia"),
            _is_ready("guardia"),
        ),
    ),
    Challenge(
        "07-13",
        "Al que no le dan permiso",
        (
            Step("existe el ServiceAccount lector", _reader_exists),
            Step("puede listar los pods", _reader_may_list_pods),
            Step("y nada más que mirar", _reader_only_reads),
        ),
    ),
    Challenge(
        "07-14",
        "La puerta que contesta 404",
        (
            Step("el Ingress cartelera es para cartelera.localhost", _ingress_is_for_its_host),
            Step("manda los pedidos al Service cartelera", _ingress_leads_to_the_service),
            Step("su clase es una que el cluster tiene", _its_class_is_one_of_the_cluster),
            _endpoints(BILL, 1),
        ),
    ),
    Challenge(
        "07-15",
        "El contexto equivocado",
        (
            Step("el contexto oficina sigue en la lista", _office_is_kept),
            Step("el contexto actual es kind-taller", _current_is_the_course),
            Step("su namespace es default", _its_namespace_is_the_default),
        ),
    ),
)
