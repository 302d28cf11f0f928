#!/bin/sh
# Un registro de imágenes en nuestra máquina, al que los nodos preguntan antes que a Docker Hub.
#
#   sh extras/03-kubernetes/registro.sh
#
# Después de un «docker push localhost:5001/fedek3/workshop-uns:v0.1.0», un pod que pide la
# imagen fedek3/workshop-uns:v0.1.0 la encuentra ahí. Se puede correr más de una vez.
set -eu

cluster=taller
registro=taller-registry
carpeta=/etc/containerd/certs.d/docker.io

# 1. El registro es un contenedor más, en la misma red que los nodos.
if ! docker start "$registro" >/dev/null 2>&1; then
    docker run --detach --name "$registro" --restart unless-stopped \
        --network kind --publish 127.0.0.1:5001:5000 registry:3 >/dev/null
fi

# Recién arrancado tarda un instante en atender, y lo que se suba antes se pierde.
intentos=0
until curl --silent --fail --noproxy localhost --output /dev/null http://localhost:5001/v2/; do
    intentos=$((intentos + 1))
    [ "$intentos" -lt 30 ] || { echo "El registro no contesta: docker logs $registro" >&2; exit 1; }
    sleep 1
done

# 2. A cada nodo le decimos dónde buscar lo que sería de docker.io: primero en nuestro registro
#    y, si ahí no está, donde siempre. Su containerd lee este archivo cada vez que trae una imagen.
for nodo in $(kind get nodes --name "$cluster"); do
    docker exec --interactive "$nodo" sh -c \
        "[ -e $carpeta/hosts.toml ] || { mkdir -p $carpeta && cat >$carpeta/hosts.toml; }" <<TOML
server = "https://registry-1.docker.io"

[host."http://$registro:5000"]
  capabilities = ["pull", "resolve"]
TOML
done

echo "Registro listo en localhost:5001. Lo que ahí no esté, los nodos lo buscan en Internet."
