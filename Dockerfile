# A service that answers with an exported network; no TensorFlow in it.
#
#   docker build -t saccade .
#   docker run --rm -p 127.0.0.1:8000:8000 -v ./model.onnx:/model.onnx:ro -e SACCADE_TOKEN saccade

FROM python:3.13-slim

ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
WORKDIR /app
COPY runtime runtime
COPY src src
RUN pip install --no-cache-dir './runtime[serve]' && rm -rf /app/* && useradd --system --no-create-home saccade

USER saccade
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=3s --start-period=20s \
  CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8000/readyz', timeout=2)"]
ENTRYPOINT ["saccade", "serve"]
CMD ["/model.onnx", "--host", "0.0.0.0"]
