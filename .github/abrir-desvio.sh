#!/bin/sh
# Lo corre la revisión semanal cuando un capítulo dejó de ser cierto: junta las correcciones que
# propone `actualizar` y las deja en un issue. Si ya hay uno abierto, le agrega un comentario.
# Usa GH_TOKEN (lo lee gh) y RUN_URL, la dirección de la corrida.
set -eu

etiqueta=desvío
titulo='Los capítulos ya no coinciden con lo que pasa en el cluster'
# Un issue admite 65536 caracteres; dejamos lugar para el resto del texto.
limite=60000

# Escribe lo que puede en los capítulos; lo que no sabe corregir queda contado en la corrida.
./taller actualizar --si --lab kind || echo "actualizar terminó con código $?" >&2

cuerpo=$(mktemp)
trap 'rm -f "$cuerpo"' EXIT
{
  printf 'La revisión semanal encontró diferencias: %s\n\n' "$RUN_URL"
  if git diff --quiet -- docs; then
    printf 'No son salidas que se puedan corregir solas: hay que leer la corrida.\n'
  else
    cat <<'FIN'
`./taller actualizar` propone lo que sigue. Antes de aceptarlo, miren si cambió Kubernetes o si se
rompió algo nuestro.

FIN
    printf '````diff\n'
    git diff -- docs | head -c "$limite" | iconv -c -f utf-8 -t utf-8
    printf '\n````\n'
  fi
} > "$cuerpo"

gh label create "$etiqueta" --color D93F0B --description 'Un capítulo dejó de ser cierto' --force
abierto=$(gh issue list --state open --label "$etiqueta" --limit 1 --json number --jq '.[0].number // empty')
if [ -n "$abierto" ]; then
  gh issue comment "$abierto" --body-file "$cuerpo"
else
  gh issue create --title "$titulo" --label "$etiqueta" --body-file "$cuerpo"
fi
