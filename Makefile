# Two commands: `make demo` does the whole job on made-up households, `make test` proves that it works.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
export OMP_WAIT_POLICY := PASSIVE
export MLFLOW_DISABLE_TELEMETRY := true
export DO_NOT_TRACK := true

.PHONY: demo test lint types rooms sample model notebooks accuracy spark lock clean

demo: $(VENV)/installed
	$(BIN)/graduation demo --out demo --force

test: $(VENV)/installed lint types rooms
	$(BIN)/python data/make_sample.py --check
	# Two workers on two cores: more threads in each would only wait for one another.
	OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 $(BIN)/python -m pytest -n 2 --dist loadfile

lint: $(VENV)/installed
	$(BIN)/ruff check
	$(BIN)/ruff format --check

types: $(VENV)/installed
	$(BIN)/mypy

rooms: $(VENV)/installed
	$(BIN)/lint-imports

# Rewrite the shipped sample, the model trained on it, and the outputs inside the notebook.
sample: $(VENV)/installed
	$(BIN)/python data/make_sample.py

model: $(VENV)/installed
	$(BIN)/python models/make_model.py

notebooks: $(VENV)/installed
	$(BIN)/jupyter nbconvert --to notebook --execute --ExecutePreprocessor.record_timing=False --inplace notebooks/*.ipynb

$(VENV)/installed: requirements.lock pyproject.toml
	$(PYTHON) tools/check_python.py
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --require-hashes --requirement requirements.lock
	$(BIN)/python -m pip install --quiet --no-build-isolation --no-deps --editable .
	$(BIN)/python tools/lend_openmp.py
	touch $@

# Ours beside other methods on every task; what is already in the results is not done again.
accuracy: $(VENV)/accuracy
	$(BIN)/python benchmarks/accuracy/run.py

$(VENV)/accuracy: benchmarks/accuracy/requirements.lock $(VENV)/installed
	$(BIN)/python -m pip install --quiet --require-hashes --requirement benchmarks/accuracy/requirements.lock
	touch $@

# Spark scores as we do. Its half gigabyte lies beside the environment, which nothing of it enters; needs Java.
spark: $(VENV)/spark/installed
	PYTHONPATH=$(CURDIR)/$(VENV)/spark$${PYTHONPATH:+:$$PYTHONPATH} OMP_NUM_THREADS=1 $(BIN)/python -m pytest tests/test_spark.py

$(VENV)/spark/installed: tests/spark.lock tests/spark-build.lock $(VENV)/installed
	java -version
	rm -rf $(@D)
	$(BIN)/python -m pip install --quiet --require-hashes --target $(@D)/build --requirement tests/spark-build.lock
	PYTHONPATH=$(CURDIR)/$(@D)/build $(BIN)/python -m pip install --quiet --require-hashes --no-build-isolation --no-compile \
		--target $(@D) --requirement tests/spark.lock
	touch $@

# Needs uv; writes versions and hashes only, never the address of a registry.
lock:
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate \
		--extra excel --extra spss --extra dask --group dev --output-file requirements.lock pyproject.toml
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate \
		--constraint requirements.lock --group accuracy --output-file benchmarks/accuracy/requirements.lock
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate \
		--group spark --output-file tests/spark.lock
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate \
		--group spark-build --output-file tests/spark-build.lock

clean:
	rm -rf $(VENV) demo
