# Each target is one line that calls a tool or a script. `make demo` and `make test` are the two that matter.
.PHONY: demo test check gen bench doctor shots

demo:   ; @scripts/demo.sh
test:   ; @scripts/test.sh
check:  ; @scripts/check.sh
gen:    ; @scripts/gen.sh
bench:  ; @scripts/bench.sh
doctor: ; @scripts/need.sh --report
shots:  ; @scripts/shots.sh
