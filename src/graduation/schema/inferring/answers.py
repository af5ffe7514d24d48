"""Words of usual answers, in English, Indonesian, Spanish, French and Portuguese: no one is called so.

The words of the answers in the shipped dictionaries come on top. A word that is also a usual name (Rosa, Mercedes,
Bagus) does not belong here.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from functools import cache
from importlib import resources

JOINING = """
and or of the with without not no yes from to in on by for per than less more most least above below under over up
between at a an other others else same any all both only partly mixed mostly mainly never always sometimes often
rarely seldom usually once twice daily weekly monthly yearly day week month year good bad poor fair average high low
middle medium large small big very new old unknown none don know refused answer missing applicable available dan atau
dari dengan tanpa tidak ya ada tak belum sudah bukan untuk di ke pada yang lebih kurang sama semua hanya sering kadang
jarang selalu pernah hari minggu bulan tahun baik buruk sedang cukup rusak ringan berat layak sehat sakit tdk tahu
lain lainnya laen campuran kecil besar tinggi rendah y o u de del la el los las con sin si sí para por en un una al
otro otra otros otras todo todos nunca siempre veces vez sabe responde ninguno ninguna nada mucho poco bueno buena
malo mala regular alto alta bajo baja medio media nuevo viejo grande pequeño et ou des du le les avec sans oui non
pour par dans une autre autres jamais toujours parfois souvent rarement aucun aucune bon mauvais moyen haut bas grand
petit sait pas e da do das dos com sem sim não nao outro outra outros outras sempre às vezes nenhum nenhuma bom ruim
"""
PERSONS = """
male female man woman men women boy girl m f l p laki lelaki pria wanita perempuan lk pr hombre mujer varon varón
femenino masculino homme femme masculin féminin feminin homem mulher feminino head spouse wife husband son daughter
child children parent parents mother father brother sister sibling grandchild grandparent relative relatives
nonrelative member household family servant friend neighbour neighbor tenant law step adopted kepala keluarga rumah
tangga istri suami anak menantu cucu mertua orang tua famili pembantu saudara ayah ibu krt kk art jefe jefa hogar
cónyuge conyuge esposa esposo hijo hija padre madre hermano hermana nieto nieta suegro suegra yerno nuera pariente
familiar chef ménage menage conjoint conjointe époux épouse enfant fils fille père mère frère soeur sœur chefe
domicílio domicilio família familia cônjuge filho filha pai mãe mae irmão irmã neto neta sogro sogra genro nora
parente single married divorced separated widowed widow widower cohabiting union consensual engaged kawin menikah
nikah cerai hidup mati duda janda lajang soltero soltera casado casada divorciado divorciada separado separada viudo
viuda unión libre unido unida célibataire marié mariée divorcé divorcée séparé séparée veuf veuve solteiro solteira
viúvo viúva viuvo viuva muslim islam christian catholic protestant hindu buddhist kristen katolik protestan budha
buddha konghucu
"""
SCHOOLING = """
school primary secondary elementary junior senior higher tertiary university college diploma degree bachelor bachelors
master masters doctorate phd vocational preschool kindergarten literate illiterate read write complete completed
incomplete education formal informal grade class graduate undergraduate postgraduate koranic madrasa madrasah sekolah
dasar menengah pertama atas sd smp sma smk slta sltp mi mts ma tk paud sarjana kuliah universitas pendidikan tamat
lulus kelas buta huruf baca tulis escuela primaria primario secundaria secundario superior
universitaria universitario universidad técnica técnico tecnico completa completo incompleta incompleto inicial
preescolar bachillerato educación educacion instrucción alfabetizado analfabeto básica basica école ecole primaire
secondaire supérieur superieur université universite niveau lycée collège licence maternelle coranique alphabétisé
analphabète escola fundamental médio ensino creche pré pos pós graduação graduacao mestrado doutorado alfabetização
"""
WORK = """
work working worker employed unemployed employee employer self employment student housewife homemaker retired
pensioner disabled inactive farmer farming agriculture fishing fisher fisherman trader trade business own account
casual labour labourer labor laborer wage salaried salary paid unpaid domestic government private public civil soldier
police teacher driver craftsman artisan service services construction manufacturing industry mining transport military
permanent temporary seasonal contract part full time skilled unskilled clerk professional manager technician livestock
herder pastoralist kerja bekerja pekerja buruh tani petani nelayan pedagang dagang usaha wiraswasta wirausaha karyawan
pegawai negeri swasta pns tni polri honorer guru sopir ojek tukang kebun penggarap ternak peternak harian lepas
serabutan pensiun pensiunan pelajar mahasiswa irt mengurus menganggur pengangguran pabrik bangunan jasa pertanian
perikanan perdagangan industri trabajo trabaja trabajador trabajadora ocupado ocupada desocupado desocupada inactivo
inactiva empleado empleada empleador patrón patron cuenta propia obrero jornalero asalariado estudiante jubilado
jubilada ama casa agricultor agricultura pescador comercio comerciante ganadero servicio servicios industria
construcción construccion doméstica domestica minería travail travaille employé employée chômeur chomeur salarié
indépendant independant agriculteur pêcheur commerçant commerce fonctionnaire ouvrier étudiant étudiante élève
retraité retraitée ménagère journalier éleveur trabalho trabalhador empregado empregada desempregado empregador conta
própria comércio estudante aposentado aposentada dona indústria servidor público
"""
HOME = """
owned owner rent rented renting free borrowed occupied squatting mortgage mortgaged lease leased shared communal floor
wall roof earth soil mud sand dung clay cement concrete tile tiles tiled ceramic marble granite wood wooden plank
planks timber bamboo brick bricks burnt unburnt baked stone stones block blocks metal iron sheet sheets tin zinc
asbestos thatch thatched straw grass palm leaves leaf reed cardboard plastic plywood vinyl carpet parquet glass adobe
plaster plastered corrugated slate shingle tap taps piped pipe well wells borehole tubewell protected unprotected
spring river stream lake pond dam canal rain rainwater surface water bottled bottle tanker truck vendor kiosk
standpipe pump hand dwelling yard plot compound indoor outdoor inside outside open covered improved unimproved treated
refill refilled sachet toilet latrine flush pit ventilated vip septic tank sewer sewage bucket bush field hanging
composting slab gas lpg kerosene paraffin charcoal firewood coal electricity electric solar panel biogas oil lamp
candle candles torch battery generator grid main mains cooking fuel light lighting house apartment flat room hut tent
traditional modern detached semi improvised building milik sendiri sewa kontrak bebas dinas numpang menumpang pinjam
bersama umum lantai dinding atap tanah semen keramik ubin tegel kayu papan bambu marmer granit vinil parket beton bata
batako tembok plester anyaman seng genteng asbes ijuk rumbia jerami sirap daun pasir batu sumur bor pompa terlindung
mata air sungai danau hujan leding ledeng pam pdam isi ulang kemasan galon eceran mck jamban kloset leher angsa
plengsengan cemplung cubluk tangki septik lubang kolam sawah pantai listrik pln petromak pelita minyak arang briket
bakar elpiji lilin obor surya genset propio alquilada alquilado alquiler prestada cedida inquilino propietario piso
pared techo tierra arena cemento ladrillo madera bambú caña barro piedra mosaico cerámica ceramica baldosa mármol teja
tejas paja palma lámina cartón chapa fibrocemento losa red pública publica cañería pozo perforado bomba manual pila
río rio manantial lluvia cisterna camión agua embotellada vivienda fuera dentro terreno inodoro letrina hoyo cámara
camara séptica septica cloaca desagüe descarga leña lena carbón carbon kerosén garrafa tubo electricidad electrica
vela velas departamento rancho casilla cuarto pieza compartido propriétaire proprietaire locataire loué louée logé
gratuit gratuitement sol mur toit terre sable ciment brique briques bois bambou banco pierre carreaux carrelage marbre
tôle tole paille chaume tuile tuiles béton eau robinet puits forage pompe source rivière riviere pluie borne fontaine
camion citerne bouteille latrines fosse septique chasse nature brousse gaz charbon pétrole petrole électricité
electricite solaire bougie lampe groupe électrogène maison appartement case próprio proprio alugado alugada aluguel
cedido emprestado invadido chão chao parede telhado terra areia cimento tijolo madeira taipa pedra palha telha zinco
laje água rede geral poço nascente chuva caminhão banheiro fossa rudimentar vala esgoto lenha carvão carvao
eletricidade luz lampião apartamento cômodo
"""
PLACES = """
urban rural peri town village city region north south east west northern southern eastern western central centre
center capital coast coastal inland upland lowland highland mountain valley island remote camp kota desa perkotaan
perdesaan pedesaan kelurahan utara selatan timur barat tengah pusat pesisir gunung pulau urbano urbana norte sur este
oeste centro costa sierra selva campo ciudad urbain urbaine nord sud est ouest ville campagne sul leste cidade
"""
MATTERS = """
blue green yellow white black brown grey gray january february march april june july august september october november
december dry wet rainy season lean harvest winter summer autumn monsoon januari februari maret mei juni juli agustus
oktober desember musim kemarau panen paceklik enero febrero marzo mayo junio julio septiembre octubre noviembre
diciembre seca lluvias lluviosa verano invierno saison sèche pluies pluvieuse hiver été soudure récolte chuvas chuvosa
inverno verão true false active present absent current former accepted rejected pending done closed nonpoor extreme
moderate vulnerable rich ultra severe mild food secure insecure insecurity hungry miskin hampir sangat rentan mampu
sejahtera kaya pobre indigente pauvre extrême extrema extremo extremamente pobreza walk walking foot bicycle bike
motorcycle motorbike car bus boat train van horse donkey cart jalan kaki sepeda motor mobil bis kapal perahu angkot
cash transfer training loan grant credit saving savings bank cooperative group moneylender tunai pelatihan modal
pinjaman tabungan koperasi bantuan rice maize corn wheat millet sorghum cassava beans vegetables fruit fruits cow cows
goat goats sheep chicken chickens pig pigs buffalo cattle poultry padi jagung singkong sayur buah sapi kambing ayam
kerbau domba bebek itik left right control treatment baseline endline arm
"""
WRITTEN = (JOINING, PERSONS, SCHOOLING, WORK, HOME, PLACES, MATTERS)
ANSWERED = ("codes", "yes", "no")
# Answers in dictionaries that are also what people are called.
NAMES = frozenset({"bagus", "intan", "mawar", "melati", "serang", "setu", "surya"})


@cache
def answer_words() -> frozenset[str]:
    """Return the words of usual answers, without accents and capitals."""
    known = {word for text in WRITTEN for word in letters(text)}
    folder = resources.files("graduation.schema") / "dictionaries"
    for file in folder.iterdir():
        if file.name.endswith(".toml"):
            known.update(_of_answers(tomllib.loads(file.read_text(encoding="utf-8"))))
    return frozenset(known) - NAMES


def letters(text: str) -> list[str]:
    """Return the words of a text, without accents and capitals.

    >>> letters("Água da rua, 2ª")
    ['agua', 'da', 'rua', 'a']
    """
    plain = unicodedata.normalize("NFKD", text.casefold())
    return re.findall(r"[^\W\d_]+", "".join(mark for mark in plain if not unicodedata.combining(mark)))


def _of_answers(content: object, *, inside: bool = False) -> set[str]:
    """Return the words under `codes`, `yes` and `no` of a dictionary."""
    if isinstance(content, dict):
        parts = [_of_answers(value, inside=inside or key in ANSWERED) for key, value in content.items()]
    elif isinstance(content, list):
        parts = [_of_answers(value, inside=inside) for value in content]
    else:
        return set(letters(content)) if inside and isinstance(content, str) else set()
    return set().union(*parts)
