"""Un controlador mínimo: que haya siempre un pod con la etiqueta app=mi-replica."""

from kubernetes import client, config, watch

config.load_kube_config()  # las mismas credenciales que usa kubectl
api = client.CoreV1Api()
MIAS = {"namespace": "default", "label_selector": "app=mi-replica"}
TEMPLATE = {
    "metadata": {"generateName": "mi-replica-", "labels": {"app": "mi-replica"}},
    "spec": {"containers": [{"name": "mi-pod", "image": "fedek3/workshop-uns:v0.1.0"}]},
}


def reconciliar():
    """Compara lo que hay con lo que queremos; si no alcanza, actúa."""
    vivos = [p for p in api.list_namespaced_pod(**MIAS).items if not p.metadata.deletion_timestamp]
    if not vivos:
        nuevo = api.create_namespaced_pod("default", TEMPLATE)
        print(f"faltaba uno: creamos {nuevo.metadata.name}", flush=True)


try:
    reconciliar()
    for _ in watch.Watch().stream(api.list_namespaced_pod, **MIAS):
        reconciliar()  # algo cambió: volvemos a comparar
except KeyboardInterrupt:
    pass  # Ctrl-C
