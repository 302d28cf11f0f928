// The first process of every pod.
module taller/pause

go 1.26.0
